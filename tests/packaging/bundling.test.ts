import { bundle, partsIn, type Bundle } from './bundle';
import { stopPrograms } from '../support/child-program';
import { Project } from './project';

const project = new Project();

afterAll(stopPrograms);
afterAll(() => project.remove());

// Failing: the front door has code of its own, which cannot be dropped when only a name behind it is used.
const FORMATS = ['esm', 'cjs'] as const;

/** An application with one tool of two decorators. */
const TOOL_AND_RETRY = `
  import { Retry, Tool } from 'toolspan';
  import { report } from './report.mjs';
  class Web {
    attempts = 0;
    @Tool() @Retry({ maxRetries: 1, baseDelay: 0 })
    async fetch(url: string): Promise<string> {
      this.attempts += 1;
      if (this.attempts === 1) throw new Error('down');
      return url + this.attempts;
    }
  }
  void new Web().fetch('page').then((result) => report('result', result));
`;

async function result(made: Bundle): Promise<unknown> {
  const program = await project.run(made.file);
  expect(program.ending).toMatchObject({ code: 0, stderr: '' });
  return program.reported('result');
}

describe.each(FORMATS)('An application bundled as %s that uses two decorators', (format) => {
  it.each([
    ['with standard decorators', {}],
    ['with legacy decorators', { experimentalDecorators: true }],
    ['with standard decorators, minified', { minify: true }],
    ['with legacy decorators, minified', { experimentalDecorators: true, minify: true }],
  ])('works %s', async (_, options) => {
    expect(await result(await bundle(project, TOOL_AND_RETRY, { format, ...options }))).toBe('page2');
  });

  it('works with the package left where it is installed', async () => {
    const made = await bundle(project, TOOL_AND_RETRY, { format, packages: 'external' });
    expect(made.packages).toEqual({});
    expect(await result(made)).toBe('page2');
  });

  it('contains no set-up, no telemetry, no server, no testing', async () => {
    const made = await bundle(project, TOOL_AND_RETRY, { format });
    expect(made.warnings).toEqual([]);
    expect(partsIn(made)).toEqual(['decorators', 'policies']);
  });
});

describe.each(FORMATS)('An application bundled as %s that recognises an error', (format) => {
  const app = `
    import { RateLimitError } from 'toolspan';
    import { report } from './report.mjs';
    const error = new RateLimitError({ tool: 'search', namespace: 'web' }, 'tool_limit', 1_500);
    report('result', [error.name, error.code, error instanceof RateLimitError, new Error() instanceof RateLimitError]);
  `;

  it('contains the errors, and nothing that makes a tool', async () => {
    const made = await bundle(project, app, { format });
    expect(partsIn(made)).toEqual([]);
    expect(Object.keys(made.packages)).toEqual(['toolspan']);
    expect(made.packages['toolspan']).toBeLessThan(16_000);
    expect(await result(made)).toEqual(['RateLimitError', 'RATE_LIMITED', true, false]);
  });

  it('knows the error by its name when minified', async () => {
    expect(await result(await bundle(project, app, { format, minify: true }))).toEqual(['RateLimitError', 'RATE_LIMITED', true, false]);
  });
});

describe.each(FORMATS)('An application bundled as %s', (format) => {
  it.each(["import 'toolspan';", "import { Tool, setupObservability, RateLimitError } from 'toolspan';"])(
    'contains nothing of the package when it uses nothing of it (%s)',
    async (imports) => {
      const made = await bundle(project, `${imports} console.error('runs');`, { format });
      expect(made.packages).toEqual({});
    },
  );
});
