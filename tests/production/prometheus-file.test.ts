import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, runWith } from '../support/debian-programs';
import { environmentOf, portsOf } from './compose-file';
import { SAMPLE, textOf, yamlOf } from './sample';
import { withFolder } from './with-folder';

interface PrometheusFile {
  readonly rule_files: string[];
  readonly alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
  readonly scrape_configs: { job_name: string; honor_labels?: boolean; static_configs: { targets: string[] }[] }[];
}

const config = yamlOf<PrometheusFile>('prometheus/prometheus.yml');
const job = (name: string): PrometheusFile['scrape_configs'][number] => config.scrape_configs.find(({ job_name }) => job_name === name)!;

describe('prometheus.yml', () => {
  it('scrapes everything that runs, under the names that the rules and the dashboard go by', () => {
    expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual([
      'toolspan',
      'otel-collector',
      'prometheus',
      'alertmanager',
      'jaeger',
    ]);
  });

  it('finds the app where its environment has it serve its metrics', () => {
    expect(job('toolspan').static_configs).toEqual([{ targets: [`app:${environmentOf('app')['OTEL_EXPORTER_PROMETHEUS_PORT']}`] }]);
  });

  it('leaves the metrics that come through the collector the labels of the application that sent them', () => {
    expect(job('otel-collector').honor_labels).toBe(true);
    for (const target of job('otel-collector').static_configs[0]!.targets)
      expect(portsOf('otel-collector')).toContain(Number(target.split(':')[1]));
  });

  it('hands alerts to the Alertmanager', () => {
    expect(config.alerting.alertmanagers[0]!.static_configs).toEqual([{ targets: ['alertmanager:9093'] }]);
    expect(config.rule_files).toEqual(['/etc/prometheus/rules/*.yml']);
  });
});

describeWith(['prometheus'], 'prometheus.yml, as Prometheus reads it', () => {
  /** The folder that compose mounts, with the paths in it as they are here. */
  function check(text: string): ReturnType<typeof runWith> {
    const { folder } = withFolder();
    cpSync(join(SAMPLE, 'prometheus'), folder, { recursive: true });
    writeFileSync(join(folder, 'prometheus.yml'), text.replaceAll('/etc/prometheus', folder));
    return runWith('', 'promtool', 'check', 'config', join(folder, 'prometheus.yml'));
  }

  it('is right, with the rules that lie beside it', () => {
    expect(check(textOf('prometheus/prometheus.yml'))).toMatchObject({ status: 0, stderr: '' });
  });

  it('would not be with a key that does not exist', () => {
    expect(check(textOf('prometheus/prometheus.yml').replace(/honor_labels:/, 'honour_labels:'))).toMatchObject({ status: 1 });
  });
});
