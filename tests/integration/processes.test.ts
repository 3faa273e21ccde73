import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { ChildProgram, stopPrograms } from '../support/child-program';
import { OtlpReceiver } from '../support/otlp-receiver';

const AT_ONCE_MS = 1_500;

let receiver: OtlpReceiver;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});

afterAll(stopPrograms);
afterAll(() => receiver.close());

describe('The metrics server', () => {
  const agent = new Agent({ keepAlive: true });

  afterAll(() => agent.destroy());

  /** A scrape over a connection that stays open. */
  function scrape(port: number): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, path: '/metrics', agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      request.on('error', reject);
    });
  }

  /** A connection that never asks for anything. */
  function connection(port: number): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect({ host: '127.0.0.1', port }, () => resolve(socket));
      socket.once('error', reject);
    });
  }

  it.each([
    ['keep a finished process alive', {}],
    ['hold up a shutdown', { shutsDown: true }],
  ])('does not %s, nor do connections that clients hold open', async (_, given) => {
    const program = ChildProgram.start('serves-until-told', { given });
    const port = await program.reported<number>('port');
    expect(await scrape(port)).toBe(200);
    const idle = await connection(port);
    idle.on('error', () => undefined);

    const toldAt = performance.now();
    program.say('end');
    const ending = await program.ended;
    idle.destroy();
    expect(ending).toMatchObject({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(ending.endedAt - toldAt).toBeLessThan(AT_ONCE_MS);
  });
});

describe('Worker threads and cluster workers', () => {
  let program: Awaited<ReturnType<typeof ChildProgram.run>>;

  beforeAll(async () => {
    program = await ChildProgram.run('workers', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl } });
  });

  it('start no server unless a port is given', async () => {
    const on = { tracingEnabled: true, metricsEnabled: true, warnings: [] };
    const withServer = { ...on, metricsServerStarted: true, hasPort: true };
    const withoutServer = { ...on, metricsServerStarted: false, hasPort: false };
    expect(await program.reported('statuses')).toEqual({
      main: withServer,
      threads: [withoutServer, withServer],
      processes: [withoutServer, withServer],
    });
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it.each(['main', 'process', 'thread'])('deliver what they recorded when they come to a natural end (%s)', (where) => {
    const tools = receiver.spansOf(program).map(({ attributes }) => attributes['tool.name']);
    expect(tools.filter((name) => name === `greet-${where}`)).toHaveLength(where === 'main' ? 1 : 2);
  });
});

describe('An ESM and a CommonJS copy in one process', () => {
  it('share tools, circuits, limits, counts and the server, and recognise the errors of each other', async () => {
    const program = await ChildProgram.run('two-copies', { env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl } });
    const outcome = await program.reported<{ ports: number[]; tools: string[][]; texts: string[] }>('outcome');

    expect(outcome).toMatchObject({
      areTwo: true,
      recognised: {
        'esm refusal by cjs': true,
        'cjs refusal by esm': true,
        'limit set by esm, refusal of cjs, by esm': true,
      },
      mistaken: false,
    });
    expect(new Set(outcome.ports).size).toBe(1);
    for (const names of outcome.tools) expect(names.sort()).toEqual(['limited', 'limited-too', 'of-cjs', 'of-esm']);
    for (const text of outcome.texts) {
      expect(text).toContain('tool_circuit_breaker_state{tool="of-esm"} 1\n');
      expect(text).toContain('tool_circuit_breaker_state{tool="of-cjs"} 1\n');
      expect(text).toContain('tool_executions_total{tool="of-cjs",namespace="default",status="error"} 2\n');
    }
    expect(await program.reported('reset by cjs')).toBe('down');
    expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(receiver.spansOf(program).filter(({ parentSpanId }) => !parentSpanId)).toHaveLength(7);
  });
});
