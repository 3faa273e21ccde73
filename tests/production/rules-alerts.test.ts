import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ALERT_GROUPS } from '../../samples/production/generate/alert-rules';
import { describeWith } from '../support/debian-programs';
import { TOOL_CASES, type AlertCase } from './alert-cases';
import { BUDGET_CASES } from './budget-cases';
import { namesIn } from './promql-names';
import { TELEMETRY_CASES } from './telemetry-cases';

const RULES = join(__dirname, '..', '..', 'samples', 'production', 'prometheus', 'rules');
const FILES = ['recording.yml', 'alerts.yml'].map((name) => join(RULES, name));
const CASES: Readonly<Record<string, readonly AlertCase[]>> = { ...TOOL_CASES, ...BUDGET_CASES, ...TELEMETRY_CASES };
const ALERTS = ALERT_GROUPS.flatMap(({ rules }) => rules);

function promtool(...parameters: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', parameters, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { record?: string; alert?: string; expr: string }[] }[];
}

const GROUPS = FILES.flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleFile).groups);

/** Of the files that are delivered, one alert and what it is made of: promtool takes its time over all of them. */
function rulesFor(alert: string): RuleFile {
  const rules = GROUPS.flatMap((group) => group.rules);
  const needed = new Set([alert]);
  for (const name of needed) {
    const exprs = rules.filter((rule) => (rule.alert ?? rule.record) === name).map(({ expr }) => expr);
    for (const other of exprs.flatMap((expr) => namesIn(expr).metrics)) needed.add(other);
  }
  const slim = GROUPS.map(({ name, rules: all }) => ({ name, rules: all.filter((rule) => needed.has((rule.alert ?? rule.record)!)) }));
  return { groups: slim.filter(({ rules: left }) => left.length > 0) };
}

/** What does not depend on the case stands in the rule. */
function annotations(alert: string, summary: string): Record<string, string> {
  const { runbook } = ALERTS.find((rule) => rule.alert === alert)!;
  return {
    summary,
    description: runbook.means,
    runbook: [...runbook.look, ...runbook.act].map((line) => `- ${line}`).join('\n'),
    runbook_url: `RUNBOOK.md#${alert.toLowerCase()}`,
  };
}

function unitTest(alert: string, { interval = '15s', series, at, raises = [] }: AlertCase): object {
  const expected = raises.map(({ labels, summary }) => ({ exp_labels: labels, exp_annotations: annotations(alert, summary) }));
  return {
    interval,
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: expected }],
  };
}

test('for each alert there is a case in which it fires and one in which it does not', () => {
  expect(Object.keys(CASES).sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
  for (const cases of Object.values(CASES)) {
    expect(cases.filter(({ raises }) => raises).length).toBeGreaterThan(0);
    expect(cases.filter(({ raises }) => !raises).length).toBeGreaterThan(0);
  }
});

describeWith(['prometheus'], 'rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'toolspan-rules-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are what promtool takes', () => {
    expect(promtool('check', 'rules', ...FILES)).toMatchObject({ status: 0 });
  });

  describe.each(Object.entries(CASES))('%s', (alert, cases) => {
    it.each(cases.map((oneCase): [string, AlertCase] => [`${oneCase.raises ? 'fires' : 'is quiet'}: ${oneCase.it}`, oneCase]))(
      '%s',
      (_, oneCase) => {
        const [file, ruleFile] = [join(folder, `${alert}.yml`), join(folder, `${alert}-rules.yml`)];
        writeFileSync(ruleFile, stringify(rulesFor(alert)));
        const interval = oneCase.interval ?? '15s';
        writeFileSync(file, stringify({ rule_files: [ruleFile], evaluation_interval: interval, tests: [unitTest(alert, oneCase)] }));
        expect(promtool('test', 'rules', file)).toEqual({ status: 0, output: expect.stringContaining('SUCCESS') });
      },
    );
  });
});
