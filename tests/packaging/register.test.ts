import { stopPrograms } from '../support/child-program';
import { eventually } from '../support/eventually';
import { OtlpReceiver } from '../support/otlp-receiver';
import { freePort } from '../support/tcp-servers';
import { Project } from './project';
import { scrape } from './scrape';

const project = new Project();
let receiver: OtlpReceiver;

/** `app.mjs`, where there are no ES modules. */
const APP = `
  const { writeSync } = require('node:fs');
  const { tool } = require('toolspan');
  const greet = tool({ name: 'greet', namespace: 'polite' }, async (name) => 'Hello ' + name);
  void greet('world').then((value) => writeSync(3, JSON.stringify({ name: 'result', value }) + '\\n'));
  process.stdin.once('data', () => process.stdin.destroy());
`;

beforeAll(async () => {
  project.write('app.cjs', APP);
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());
afterAll(() => project.remove());

describe.each([
  ['node --import toolspan/register app.mjs', ['--import'], 'app.mjs'],
  ['node --require toolspan/register app.cjs', ['--require'], 'app.cjs'],
  ['node --import toolspan/register app.cjs', ['--import'], 'app.cjs'],
  ['node --require toolspan/register app.mjs', ['--require'], 'app.mjs'],
  ['both of them at once', ['--import', '--require'], 'app.mjs'],
])('%s', (_, flags, app) => {
  it('serves metrics and delivers traces of a program that knows nothing of set-up', async () => {
    const port = await freePort();
    const program = project.start(app, {
      nodeArguments: flags.flatMap((flag) => [flag, 'toolspan/register']),
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        OTEL_SERVICE_NAME: 'registered',
      },
    });
    expect(await program.reported('result')).toBe('Hello world');
    expect(await scrape(program, port)).toContain('tool_executions_total{tool="greet",namespace="polite",status="success"} 1\n');

    program.say('end');
    expect(await program.ended).toMatchObject({ code: 0, signal: null, stdout: '', stderr: '' });
    const spans = await eventually('the span arrives', () => {
      const arrived = receiver.spansOf(program);
      return arrived.length > 0 && arrived;
    });
    expect(spans.map(({ name, resource }) => [name, resource['service.name']])).toEqual([['tool.execute', 'registered']]);
  });
});
