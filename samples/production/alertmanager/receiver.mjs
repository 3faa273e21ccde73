// Prints what Alertmanager sends, a line for each alert, and says when the heartbeat stays away.
// PORT: where it listens (8080). HOST: on which address (all). HEARTBEAT_SECONDS: how long it may stay away (180).
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const { PORT = '8080', HOST = '0.0.0.0', HEARTBEAT_SECONDS = '180' } = process.env;

let lastHeard = performance.now();
let isMissed = false;

function print(line) {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function heartbeat() {
  lastHeard = performance.now();
  if (isMissed) print('HEARD the heartbeat is back');
  isMissed = false;
}

function alerts({ alerts: all }) {
  for (const { status, labels, annotations } of all) {
    print(`${status.toUpperCase()} ${labels.severity} ${labels.alertname}: ${annotations.summary} See ${annotations.runbook_url}`);
  }
}

async function answer(request, response) {
  if (request.method === 'POST' && request.url === '/alerts') alerts(await json(request));
  else if (request.method === 'POST' && request.url === '/heartbeat') heartbeat();
  else if (request.url !== '/healthz') response.statusCode = 404;
  response.end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    print(`BROKEN ${error.message}`);
    response.writeHead(400).end();
  });
});
server.listen(Number(PORT), HOST, () => print(`LISTENING on port ${server.address().port}`));

setInterval(() => {
  if (isMissed || performance.now() - lastHeard < Number(HEARTBEAT_SECONDS) * 1_000) return;
  isMissed = true;
  print(`SILENT no heartbeat for ${HEARTBEAT_SECONDS} s: Prometheus, Alertmanager or the way between them is down`);
}, 100);

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => process.exit(0));
