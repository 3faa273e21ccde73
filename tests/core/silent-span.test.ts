import { silentSpan, silentTracer } from '../../src/core/silent-span.js';

describe('silentSpan', () => {
  it('takes everything and records nothing', () => {
    const span = silentSpan
      .setAttribute('a', 1)
      .setAttributes({ b: 2 })
      .addEvent('event')
      .addLink({ context: silentSpan.spanContext() })
      .addLinks([])
      .setStatus({ code: 2 })
      .updateName('other');
    expect(span).toBe(silentSpan);
    expect(() => span.recordException('odd')).not.toThrow();
    expect(() => span.end()).not.toThrow();
    expect(span.isRecording()).toBe(false);
  });

  it('has the context that OpenTelemetry takes for invalid, unsampled', () => {
    expect(silentSpan.spanContext()).toEqual({ traceId: '00000000000000000000000000000000', spanId: '0000000000000000', traceFlags: 0 });
  });
});

describe('silentTracer', () => {
  const context = {
    getValue: () => undefined,
    setValue: () => context,
    deleteValue: () => context,
  };

  it('starts silent spans', () => {
    expect(silentTracer.startSpan('work')).toBe(silentSpan);
  });

  it('runs the function with a silent span, whatever stands before it, and returns its result', () => {
    const seen: unknown[] = [];
    const results = [
      silentTracer.startActiveSpan('work', (span) => seen.push(span)),
      silentTracer.startActiveSpan('work', {}, (span) => seen.push(span)),
      silentTracer.startActiveSpan('work', {}, context, (span) => seen.push(span)),
    ];
    expect(seen).toEqual([silentSpan, silentSpan, silentSpan]);
    expect(results).toEqual([1, 2, 3]);
  });
});
