import { type ChildProgram, stopPrograms } from '../support/child-program';
import { OtlpReceiver } from '../support/otlp-receiver';
import { bundle } from './bundle';
import { Project } from './project';

const project = new Project();
let receiver: OtlpReceiver;
let program: ChildProgram;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  const { file: bundled } = await bundle(project, "export * from 'toolspan';", { format: 'cjs', minify: true });
  program = await project.run('copies.mjs', { given: { bundled }, env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.grpcUrl } });
  expect(program.ending).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

afterAll(stopPrograms);
afterAll(() => receiver.close());
afterAll(() => project.remove());

const COPIES = 4;

/** The same for each copy. */
function each<T>(value: T): T[] {
  return Array.from({ length: COPIES }, () => value);
}

describe('An ES module, a CommonJS module, the same after a module reset, and a bundled copy, all in one process,', () => {
  it('are copies indeed', async () => {
    expect(await program.reported('copies')).toBe(COPIES);
  });

  it('decorate one method together, which is one tool then, intercepted once', async () => {
    expect(await program.reported('results')).toEqual(['page 2', 'page 2', 2]);
    const policies = ['cached', 'rateLimited', 'retry', 'circuitBreaker'];
    expect(await program.reported('descriptions')).toEqual(each(['web.fetch', ...policies]));
  });

  it('list the same tools', async () => {
    expect(await program.reported('lists')).toEqual(each(['web.fetch']));
  });

  it('recognise the errors of each other, and tell them apart', async () => {
    expect(await program.reported('recognised')).toEqual(each(each(true)));
  });

  it('know the call that is under way, whosever tool it is', async () => {
    expect(await program.reported('calls')).toEqual([0, 1, 2, 3].map((index) => each(`asks-${index}`)));
  });

  it('are all seen by the toolspan/testing of one', async () => {
    expect(await program.reported('tree')).toEqual([0, 1, 2, 3].map((index) => `tool.execute of-copy-${index} ✓`));
  });

  it('are set up and shut down together', async () => {
    expect(await program.reported('on')).toEqual([each(true), 1]);
    expect(await program.reported('counted')).toBe(COPIES);
    expect(receiver.spansOf(program).map(({ attributes }) => attributes['tool.name'])).toEqual(
      [0, 1, 2, 3].map((index) => `of-copy-${index}`),
    );
    expect(await program.reported('off')).toEqual(each(true));
  });
});
