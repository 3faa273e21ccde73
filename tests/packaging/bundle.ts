import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import type { Project } from './project';

/** How an application is bundled. */
export interface BundleOptions {
  readonly format: 'esm' | 'cjs';
  /** `bundle` takes the packages in; `external` leaves them where they are installed. Optional packages are never taken in. */
  readonly packages?: 'bundle' | 'external';
  readonly minify?: boolean;
  /** Default: standard ones. */
  readonly experimentalDecorators?: boolean;
}

/** A bundled application. */
export interface Bundle {
  readonly file: string;
  readonly text: string;
  /** Packages that the bundle has something of, in bytes. */
  readonly packages: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

let made = 0;

/** Bundles an application of one file, as it stands in this project. */
export async function bundle(
  project: Project,
  app: string,
  { format, packages = 'bundle', minify = false, experimentalDecorators = false }: BundleOptions,
): Promise<Bundle> {
  made += 1;
  const file = join(project.folder, `bundle-${made}.${format === 'esm' ? 'mjs' : 'cjs'}`);
  const { metafile, warnings } = await build({
    absWorkingDir: project.folder,
    stdin: { contents: app, resolveDir: project.folder, sourcefile: 'app.ts', loader: 'ts' },
    outfile: file,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    packages,
    minify,
    metafile: true,
    logLevel: 'silent',
    tsconfigRaw: { compilerOptions: { experimentalDecorators } },
  });
  const packagesInside = packagesIn(Object.values(metafile.outputs)[0]!);
  return { file, text: readFileSync(file, 'utf8'), packages: packagesInside, warnings: warnings.map(({ text }) => text) };
}

function packagesIn({ inputs }: Metafile['outputs'][string]): Record<string, number> {
  const packages: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
    const name = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    if (name !== undefined && bytesInOutput > 0) packages[name] = (packages[name] ?? 0) + bytesInOutput;
  }
  return packages;
}

/** What gives away that a part of the package is inside, whichever files the package is built of. */
const MARKS = {
  decorators: '@CircuitBreaker',
  policies: 'failureThreshold',
  spans: 'tool.retry.attempt',
  metrics: 'tool_executions_total',
  server: '/healthz',
  exporters: 'OTEL_TRACES_EXPORTER',
  'exit hooks': 'beforeExit',
  testing: 'there is no metric',
} as const;

/** The parts of the package that are in a bundle; not for minified ones. */
export function partsIn({ text }: Bundle): string[] {
  return Object.entries(MARKS).flatMap(([part, mark]) => (text.includes(mark) ? [part] : []));
}
