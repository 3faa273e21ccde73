import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALERT_GROUPS } from '../../samples/production/generate/alert-rules';
import { describeWith } from '../support/debian-programs';
import { PRODUCTION } from './dashboard-file';

const FILE = join(PRODUCTION, 'alertmanager', 'alertmanager.yml');
const ALERTS = ALERT_GROUPS.flatMap(({ rules }) => rules);

test('who is inhibited or routed exists', () => {
  const text = readFileSync(FILE, 'utf8');
  const patterns = [...text.matchAll(/alertname =~? "?([^\]"]+)/g)].map(([, pattern]) => pattern!);
  expect(patterns.length).toBeGreaterThanOrEqual(9);
  for (const pattern of patterns.flatMap((one) => one.split(/\|(?![^(]*\))/))) {
    expect({ pattern, matches: ALERTS.some(({ alert }) => new RegExp(`^(?:${pattern})$`).test(alert)) }).toEqual({
      pattern,
      matches: true,
    });
  }
});

describeWith(['prometheus-alertmanager'], 'Alertmanager', () => {
  const amtool = (...parameters: string[]): { status: number | null; stdout: string } =>
    spawnSync('amtool', parameters, { encoding: 'utf8' });

  it('takes the configuration', () => {
    expect(amtool('check-config', FILE)).toMatchObject({ status: 0 });
  });

  it.each(ALERTS.map(({ alert, severity }) => [alert, severity]))('sends %s to who should hear of it', (alert, severity) => {
    const { stdout } = amtool('config', 'routes', 'test', `--config.file=${FILE}`, `alertname=${alert}`, `severity=${severity}`);
    expect(stdout.trim()).toBe(alert === 'ToolspanHeartbeat' ? 'heartbeat' : 'team');
  });
});
