import type { FaultKind } from '../../../src/telemetry/catalogue.js';
import type { AlertGroup } from './alert.js';
import { CARRIERS, OUTSIDE, RECORD } from './names.js';
import { metric, rate, recorded, selector, sumBy, type Value } from './promql.js';

const kinds = (...names: FaultKind[]): Value => (names.length === 1 ? names[0]! : { matches: names.join('|') });
const telemetryErrors = (...names: FaultKind[]): string =>
  `sum by (job, kind) (${recorded(RECORD.telemetryErrors, { kind: kinds(...names) })}) > 0`;

/** A counter of the collector's, by what it is called with and without `_total`. */
const ofCollector = (name: string): string => rate(selector('', { __name__: { matches: `${name}(_total)?` } }), '5m');

const CARRIER_UP = selector(OUTSIDE.up, { job: { matches: `(.+/)?(${CARRIERS.join('|')})` } });

/** What goes wrong on the way from a call to the eyes of people. */
export const TELEMETRY_ALERTS: AlertGroup = {
  name: 'toolspan telemetry itself',
  title: 'Telemetry itself',
  rules: [
    {
      alert: 'ToolspanTargetDown',
      // Of jobs that showed tools within a day: so it holds whatever the jobs are called, and leaves foreign ones alone.
      expr: `${OUTSIDE.up} == 0 and on (job) last_over_time(${recorded(RECORD.tools)}[1d])`,
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.instance }} of {{ $labels.job }} cannot be scraped.',
      runbook: {
        means:
          'Prometheus knows an instance of a service with tools, and gets no answer from its `/metrics`. What it does now is not counted by anybody.',
        look: [
          'Prometheus, *Status > Targets*: the error. *connection refused*: it is down, its metrics server did not start (the status of `setupObservability()` says why: often a taken port), or it listens on 127.0.0.1 only (`metricsHost: "0.0.0.0"`).',
          'Its log, its restarts, its memory.',
        ],
        act: ['Bring it back, or take it out of the list of targets. After a day without any instance the alert ends by itself.'],
      },
    },
    {
      alert: 'ToolspanNoSamples',
      expr: `absent(${metric('tool_executions_total')}) or (last_over_time(${recorded(RECORD.tools)}[1h]) unless ${recorded(RECORD.tools)})`,
      for: '5m',
      severity: 'critical',
      summary: 'No samples of tools{{ with $labels.job }} of {{ . }}{{ end }}: dashboards and alerts are blind.',
      runbook: {
        means:
          'Prometheus has no sample of any tool at all, or none any more of a service that had some within the hour. No traffic is not the cause: series exist at 0 before the first call. While this holds, no other alert about those tools can come.',
        look: [
          'Prometheus, *Status > Targets*: is the service in the list (service discovery, annotations, network policy)?',
          'Its `/metrics`: no `tool_` series there means metrics are off (`OTEL_METRICS_EXPORTER=none`, `prom-client` missing; the status of `setupObservability()` says so), or no tool was decorated in that process.',
          'In Kubernetes: without `honor_labels: true` our label `namespace` is renamed to `exported_namespace`, and rules find only the one of the pod.',
        ],
        act: ['Repair the way. A service that was taken away on purpose is forgotten within the hour.'],
      },
    },
    {
      alert: 'ToolspanCarrierDown',
      // Down, or gone from the list of targets, all instances of it: one that is replaced by another is no loss. The Prometheus operator puts a namespace in front.
      expr: `${CARRIER_UP} == 0 or (last_over_time(${CARRIER_UP}[1h]) unless on (job) ${CARRIER_UP})`,
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.job }} ({{ $labels.instance }}) is down: telemetry gets lost.',
      runbook: {
        means: `One of those who carry or keep telemetry is down: ${CARRIERS.map((job) => `\`${job}\``).join(', ')} (names of jobs in \`prometheus.yml\`, with or without a namespace in front), or was within the hour and is no longer among the targets. Without the collector or Jaeger traces get lost; without Alertmanager nobody hears of alerts.`,
        look: ['Its log. Jaeger and Prometheus: is the disk full? The collector: did `memory_limiter` or the kernel end it?'],
        act: [
          'Bring it back. Applications keep what a collector did not take for a while, then count what they drop (*ToolspanSpansDropped*); calls are never held up.',
        ],
      },
    },
    {
      alert: 'ToolspanSpansNotStored',
      expr: [
        `${sumBy(['job', 'exporter'], ofCollector(OUTSIDE.sendFailed))} > 0`,
        `${sumBy(['job', 'exporter'], ofCollector(OUTSIDE.enqueueFailed))} > 0`,
        `${sumBy(['job', 'receiver'], ofCollector(OUTSIDE.refused))} > 0`,
      ].join(' or '),
      for: '5m',
      severity: 'warning',
      summary: 'The collector loses {{ $value | humanize }} spans per second ({{ $labels.exporter }}{{ $labels.receiver }}).',
      runbook: {
        means:
          'The collector could not hand spans on to the store (label `exporter`), or did not take them in (label `receiver`). Traces have holes.',
        look: ['Log of the collector. Is the store up, is its disk full? A refusing receiver means that `memory_limiter` holds it back.'],
        act: ['Repair the store; give the collector more memory or a longer `sending_queue`; sample (`OTEL_TRACES_SAMPLER=traceidratio`).'],
      },
    },
    {
      alert: 'ToolspanSpansDropped',
      expr: telemetryErrors('dropped_span'),
      severity: 'warning',
      summary: '{{ $labels.job }} dropped {{ $value | humanize }} spans within 5 minutes.',
      runbook: {
        means:
          'The application made more spans than its queue holds, or could not deliver them, and dropped some. Metrics are complete all the same.',
        look: ['Dashboard, row *Telemetry*. Does *ToolspanExportFailing* hold as well? Then the collector is the cause; else the load is.'],
        act: ['The load: sample, or a larger `OTEL_BSP_MAX_QUEUE_SIZE`, or a shorter `OTEL_BSP_SCHEDULE_DELAY`.'],
      },
    },
    {
      alert: 'ToolspanExportFailing',
      expr: telemetryErrors('export'),
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.job }} cannot deliver spans: {{ $value | humanize }} failures within 5 minutes.',
      runbook: {
        means:
          'Batches of spans could not be delivered, for more than five minutes. The application keeps what its queue holds and tries again; what does not fit is dropped.',
        look: [
          'Log of the application (`Failed to export traces`): address refused, TLS, credentials? Is the collector up (*ToolspanCarrierDown*)?',
        ],
        act: ['Repair `OTEL_EXPORTER_OTLP_ENDPOINT` and `_HEADERS`, or the collector.'],
      },
    },
    {
      alert: 'ToolspanTelemetryBroken',
      expr: telemetryErrors('span', 'scrape'),
      severity: 'warning',
      summary: '{{ $labels.job }}: telemetry broke ({{ $labels.kind }}) {{ $value | humanize }} times within 5 minutes.',
      runbook: {
        means:
          'Something threw inside telemetry: while a span was made (`span`; a processor, a sampler, an exotic value), or while `/metrics` was rendered (`scrape`). No call was harmed.',
        look: ['Log of the application: each kind is logged once, with the error.'],
        act: ['Mostly a span processor, sampler or attribute of your own. If it is ours, please report it.'],
      },
    },
    {
      alert: 'ToolspanAlertingBroken',
      expr: [OUTSIDE.rulesFailed, OUTSIDE.alertsDropped, OUTSIDE.notificationsFailed]
        .map((name) => `${sumBy(['job', 'instance'], rate(name, '5m'))} > 0`)
        .join(' or '),
      for: '5m',
      severity: 'critical',
      summary: 'Alerts get lost at {{ $labels.job }} ({{ $labels.instance }}).',
      runbook: {
        means:
          'Prometheus cannot evaluate rules or hand alerts to Alertmanager, or Alertmanager cannot deliver notifications. Alerts may not reach anybody.',
        look: ['Prometheus, *Status > Rules*: errors beside the rules. Log of Alertmanager: which receiver, which answer?'],
        act: ['Repair the rule file (`promtool check rules`), or the receiver in `alertmanager.yml`.'],
      },
    },
    {
      alert: 'ToolspanHeartbeat',
      expr: `count(${OUTSIDE.up} == 1) > 0`,
      severity: 'none',
      summary: 'Prometheus scrapes, evaluates and notifies.',
      runbook: {
        means:
          'This one always fires. It goes to a receiver of its own, which raises the alarm when it stays away: then Prometheus, Alertmanager or the way between them is down, and no other alert can come. It takes three minutes when Alertmanager is gone, and up to eight when Prometheus is, since Alertmanager repeats what it heard last for a while.',
        look: ['When the receiver misses it: is Prometheus up, is its disk full, is Alertmanager up, can they reach each other?'],
        act: ['Bring back what is down. The receiver must not stand on the same machine.'],
      },
    },
  ],
};
