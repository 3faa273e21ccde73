import type { AlertCase } from './alert-cases';

const TOOLS = 'tool_calls_in_flight{job="app",instance="a",namespace="web",tool="fetch"}';
const UP = 'up{job="app",instance="a"}';
const errorsOf = (kind: string): string => `tool_telemetry_errors_total{job="app",instance="a",kind="${kind}"}`;

/** Cases of what goes wrong on the way from a call to the eyes of people. */
export const TELEMETRY_CASES: Readonly<Record<string, readonly AlertCase[]>> = {
  ToolspanTargetDown: [
    {
      it: 'an instance of a service with tools gives no answer, whatever the job is called',
      series: { [UP]: '1x20 0x40', [TOOLS]: '0x20 stale' },
      at: '10m',
      raises: [{ labels: { job: 'app', instance: 'a', severity: 'critical' }, summary: 'a of app cannot be scraped.' }],
    },
    { it: 'one of a service without tools does not', series: { 'up{job="database",instance="d"}': '0x60', [TOOLS]: '0x60' }, at: '10m' },
    { it: 'it restarts', series: { [UP]: '1x20 0x4 1x40', [TOOLS]: '0x20 stale _x3 0x40' }, at: '6m15s' },
  ],
  ToolspanNoSamples: [
    {
      it: 'there are none at all',
      series: { [UP]: '1x60' },
      at: '10m',
      raises: [{ labels: { severity: 'critical' }, summary: 'No samples of tools: dashboards and alerts are blind.' }],
    },
    {
      it: 'a service has none any more, while another has',
      series: {
        [TOOLS]: '0x20 stale',
        'tool_calls_in_flight{job="other",instance="b",namespace="web",tool="fetch"}': '0x60',
        'tool_executions_total{job="other",instance="b",namespace="web",tool="fetch",status="success"}': '0x60',
      },
      at: '12m',
      raises: [{ labels: { job: 'app', severity: 'critical' }, summary: 'No samples of tools of app: dashboards and alerts are blind.' }],
    },
    {
      it: 'nothing is called',
      series: { [TOOLS]: '0x60', 'tool_executions_total{job="app",instance="a",namespace="web",tool="fetch",status="success"}': '0x60' },
      at: '12m',
    },
  ],
  ToolspanCarrierDown: [
    {
      it: 'the collector has gone from the list of targets, and its namesake of the operator is down',
      series: {
        'up{job="otel-collector",instance="c"}': '1x4 _x40',
        'up{job="monitoring/otel-collector",instance="m"}': '0x40',
        'up{job="my-jaeger-client",instance="x"}': '0x40',
      },
      at: '15m',
      raises: [
        {
          labels: { job: 'otel-collector', instance: 'c', severity: 'critical' },
          summary: 'otel-collector (c) is down: telemetry gets lost.',
        },
        {
          labels: { job: 'monitoring/otel-collector', instance: 'm', severity: 'critical' },
          summary: 'monitoring/otel-collector (m) is down: telemetry gets lost.',
        },
      ],
    },
    {
      it: 'the collector and the store of traces are down',
      series: {
        'up{job="otel-collector",instance="c"}': '1x4 0x40',
        'up{job="jaeger",instance="j"}': '0x40',
        'up{job="prometheus",instance="p"}': '1x40',
      },
      at: '5m',
      raises: [
        {
          labels: { job: 'otel-collector', instance: 'c', severity: 'critical' },
          summary: 'otel-collector (c) is down: telemetry gets lost.',
        },
        { labels: { job: 'jaeger', instance: 'j', severity: 'critical' }, summary: 'jaeger (j) is down: telemetry gets lost.' },
      ],
    },
    { it: 'all are up', series: { 'up{job="otel-collector",instance="c"}': '1x40', 'up{job="jaeger",instance="j"}': '1x40' }, at: '5m' },
    {
      it: 'an instance is replaced by another',
      series: { 'up{job="otel-collector",instance="old"}': '1x4 _x40', 'up{job="otel-collector",instance="new"}': '_x4 1x40' },
      at: '15m',
    },
  ],
  ToolspanSpansNotStored: [
    {
      it: 'an exporter cannot send, and its queue is full',
      series: {
        'otelcol_exporter_send_failed_spans{job="otel-collector",exporter="otlp/jaeger"}': '0+30x60',
        'otelcol_exporter_enqueue_failed_spans{job="otel-collector",exporter="otlp/jaeger"}': '0+60x60',
      },
      at: '12m',
      raises: [
        {
          labels: { job: 'otel-collector', exporter: 'otlp/jaeger', severity: 'warning' },
          summary: 'The collector loses 2 spans per second (otlp/jaeger).',
        },
      ],
    },
    {
      it: 'the receiver refuses, and names end in _total',
      series: { 'otelcol_receiver_refused_spans_total{job="otel-collector",receiver="otlp",transport="grpc"}': '0+15x60' },
      at: '12m',
      raises: [
        {
          labels: { job: 'otel-collector', receiver: 'otlp', severity: 'warning' },
          summary: 'The collector loses 1 spans per second (otlp).',
        },
      ],
    },
    {
      it: 'all is sent',
      series: {
        'otelcol_exporter_send_failed_spans{job="otel-collector",exporter="otlp/jaeger"}': '3x60',
        'otelcol_exporter_sent_spans{job="otel-collector",exporter="otlp/jaeger"}': '0+30x60',
      },
      at: '12m',
    },
  ],
  ToolspanSpansDropped: [
    {
      it: 'spans were dropped',
      series: { [errorsOf('dropped_span')]: '0x20 7x40' },
      at: '7m',
      raises: [{ labels: { job: 'app', kind: 'dropped_span', severity: 'warning' }, summary: 'app dropped 7 spans within 5 minutes.' }],
    },
    { it: 'none was, but an export failed', series: { [errorsOf('dropped_span')]: '7x60', [errorsOf('export')]: '0+1x60' }, at: '7m' },
  ],
  ToolspanExportFailing: [
    {
      it: 'exports fail for minutes',
      series: { [errorsOf('export')]: '0+1x80' },
      at: '15m',
      raises: [
        { labels: { job: 'app', kind: 'export', severity: 'warning' }, summary: 'app cannot deliver spans: 20 failures within 5 minutes.' },
      ],
    },
    { it: 'one failed', series: { [errorsOf('export')]: '0x20 1x60' }, at: '9m45s' },
  ],
  ToolspanTelemetryBroken: [
    {
      it: 'a span and a scrape broke',
      series: { [errorsOf('span')]: '0x20 2x40', [errorsOf('scrape')]: '0x20 1x40' },
      at: '7m',
      raises: [
        { labels: { job: 'app', kind: 'span', severity: 'warning' }, summary: 'app: telemetry broke (span) 2 times within 5 minutes.' },
        { labels: { job: 'app', kind: 'scrape', severity: 'warning' }, summary: 'app: telemetry broke (scrape) 1 times within 5 minutes.' },
      ],
    },
    {
      it: 'spans were dropped, which is another alert',
      series: { [errorsOf('span')]: '0x60', [errorsOf('dropped_span')]: '0+1x60' },
      at: '7m',
    },
  ],
  ToolspanAlertingBroken: [
    {
      it: 'rules fail, and notifications do not arrive',
      series: {
        'prometheus_rule_evaluation_failures_total{job="prometheus",instance="p",rule_group="g"}': '0+1x80',
        'alertmanager_notifications_failed_total{job="alertmanager",instance="m",integration="webhook"}': '0+1x80',
      },
      at: '15m',
      raises: [
        { labels: { job: 'prometheus', instance: 'p', severity: 'critical' }, summary: 'Alerts get lost at prometheus (p).' },
        { labels: { job: 'alertmanager', instance: 'm', severity: 'critical' }, summary: 'Alerts get lost at alertmanager (m).' },
      ],
    },
    {
      it: 'they did long ago',
      series: {
        'prometheus_rule_evaluation_failures_total{job="prometheus",instance="p",rule_group="g"}': '9x80',
        'prometheus_notifications_dropped_total{job="prometheus",instance="p"}': '9x80',
      },
      at: '15m',
    },
  ],
  ToolspanHeartbeat: [
    {
      it: 'something is scraped',
      series: { [UP]: '0x20', 'up{job="prometheus",instance="p"}': '1x20' },
      at: '4m',
      raises: [{ labels: { severity: 'none' }, summary: 'Prometheus scrapes, evaluates and notifies.' }],
    },
    { it: 'nothing is scraped any more', series: { [UP]: '0x20', 'up{job="prometheus",instance="p"}': '0x20' }, at: '4m' },
  ],
};
