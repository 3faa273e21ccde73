import { once } from 'node:events';
import { listTools, type ToolDescription } from 'toolspan';
import { HELP, readArguments, UsageError, type Arguments } from './arguments.js';
import { FetchTool } from './fetch-tool.js';
import { startFlakyServer } from './flaky-server.js';
import { readFolder } from './folder.js';
import { plan, questionsAbout, TIMES_ASKED } from './jobs.js';
import { scrape } from './metrics.js';
import { ReadabilityTool, type Readability } from './readability-tool.js';
import { drawTable, drawTools, titleOf } from './report.js';
import { createResearch, type Answer } from './research.js';
import { Screen } from './screen.js';
import { SearchIndex } from './search-index.js';
import { SearchTool } from './search-tool.js';
import { drawAnswers, drawDelivery, drawErrors, drawPages } from './summary.js';
import { startTelemetry, type Telemetry } from './telemetry.js';
import { drawTree } from './tree.js';
import { Watch } from './watch.js';
import { AGENTS, Workload, type Job } from './workload.js';

const BURST = 60;

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2));
  if (args.help) process.stdout.write(HELP);
  else await run(args, new Screen());
}

async function run({ dir, urls, keep }: Arguments, screen: Screen): Promise<void> {
  const files = await readFolder(dir);
  if (files.length === 0) throw new UsageError(`--dir ${dir}: there is no text file in it`);
  const index = new SearchIndex(files);
  const paths = files.map(({ path }) => path);
  const server = await startFlakyServer(dir, paths);
  const telemetry = await startTelemetry();
  const search = new SearchTool(index);
  const toolbox = { search, fetch: new FetchTool(), readability: new ReadabilityTool(), baseUrl: server.url };
  const research = createResearch(toolbox);

  screen.heading('Toolbox');
  screen.say(`  folder    ${dir}: ${files.length} text files, ${index.size} different words`);
  screen.say(`  server    ${server.url} serves them over HTTP: slow now and then, busy now and then, down for a while`);
  screen.say(`  metrics   ${telemetry.metricsUrl}`);
  screen.say(`  traces    ${telemetry.traces ?? 'a few are shown below; OTEL_EXPORTER_OTLP_ENDPOINT sends all to a collector'}`);
  screen.heading('Tools, and the policies that a call of theirs meets');
  screen.say(drawTools(tools(), screen));

  const answers = new Map<string, Answer>();
  const pages = new Map<string, Readability>();
  const ask = async (question: string): Promise<void> => {
    const answer = await research(question);
    if (answer) answers.set(question, answer);
  };
  const onPage = (url: string, readability: Readability): unknown => pages.set(url, readability);
  const jobs = plan({ toolbox, files, questions: questionsAbout(files, index), urls, ask, onPage });
  const workload = await work(jobs, search, telemetry.metricsUrl, screen);

  drawTraces(telemetry, screen);
  screen.heading(`Answers, the first of ${answers.size}`);
  screen.say(drawAnswers([...answers.values()].slice(0, 3), screen));
  if (urls.length > 0) screen.heading('Pages from the network');
  if (urls.length > 0) screen.say(drawPages(pages, screen));
  await telemetry.status.forceFlush();
  const metrics = await scrape(telemetry.metricsUrl);
  screen.heading('Errors, and what became of them');
  screen.say(drawErrors(server, workload, screen));
  if (telemetry.traces && telemetry.status.tracingEnabled) screen.say(drawDelivery(metrics, telemetry.traces));
  screen.heading('Tools, as the metrics tell');
  screen.say(drawTable(metrics, tools(), screen));
  await end(telemetry, keep, screen);
  server.close();
}

function drawTraces({ album }: Telemetry, screen: Screen): void {
  for (const { title, spans } of album?.pictures ?? []) {
    screen.heading(title);
    screen.say(drawTree(spans, screen));
  }
}

/** Jobs for the agents first, then more searches at once than the limit lets through. */
async function work(jobs: readonly Job[], search: SearchTool, metricsUrl: string, screen: Screen): Promise<Workload> {
  screen.heading(`${jobs.length} jobs for ${AGENTS} agents: ask questions, each of them ${TIMES_ASKED} times, and read files anew`);
  const workload = new Workload();
  const watch = new Watch(metricsUrl, screen, () => ({ done: workload.done + workload.givenUp, of: jobs.length }));
  watch.start();
  await workload.run(jobs);
  const passed = await workload.burst(Array.from({ length: BURST }, (_, at) => () => search.search(`burst ${at}`)));
  await watch.stop();
  watch.say(`${BURST} searches at once: the rate limit of files.search let ${passed} pass`);
  return workload;
}

async function end({ status, metricsUrl }: Telemetry, keep: boolean, screen: Screen): Promise<void> {
  screen.say(
    `\n  ${screen.paint('dim', 'A call may be a cache hit or a refusal; its time includes waits for the rate limit and for retries.')}`,
  );
  screen.say(`  ${metricsUrl} ${keep ? 'is served on, Ctrl-C ends it.' : 'ends here; --keep goes on serving it.'}`);
  if (keep) await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await status.shutdown();
}

function tools(): ToolDescription[] {
  return listTools().sort((one, other) => (titleOf(one) < titleOf(other) ? -1 : 1));
}

main().catch((error: unknown) => {
  process.exitCode = error instanceof UsageError ? 2 : 1;
  process.stderr.write(error instanceof UsageError ? `${error.message}\nTry --help.\n` : `${String(error)}\n`);
});
