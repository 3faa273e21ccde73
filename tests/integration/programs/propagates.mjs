// A tool that calls another service: what would travel along in its headers?
import { context, propagation, trace } from '@opentelemetry/api';
import { setupObservability, tool } from 'toolspan';
import { report } from './report.mjs';

await setupObservability({ enableMetrics: false });

const headers = () => {
  const carrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
};
const fetchSomething = tool({ name: 'fetch', retry: 1, cached: '1m' }, async () => ({
  ...headers(),
  isRecording: trace.getActiveSpan()?.isRecording(),
}));
report('inside', await fetchSomething());
report('outside', headers());
