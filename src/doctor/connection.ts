import { isAbsolute, join } from 'node:path';
import { exporterNames } from '../bootstrap/traces/exporters.js';
import { memberOf, messageOf } from '../core/thrown.js';
import { certificateRefused, connectFailed, handshakeFailed, lookupFailed, sendFailed, type Diagnosis, type Way } from './diagnosis.js';
import { endpointOf, type Endpoint } from './endpoint.js';
import { headersIn, secretsIn, withoutThese } from './headers.js';
import type { Handshake, Spoken, TlsSettings } from './network.js';
import { isTracingOff } from './packages.js';
import { grpcProxyFor } from './proxy.js';
import { check, type Check, type Finding } from './report.js';
import { otlp, setting } from './settings.js';
import { isContained, type Surroundings } from './surroundings.js';

/** Goes the way of a span: looks the host up, connects, secures the connection, sends one. */
export async function checkConnection(surroundings: Surroundings): Promise<Check[]> {
  const { env, sends } = surroundings;
  if (isTracingOff(env)) return [check('connection.send', 'test span', { status: 'skipped', detail: 'tracing is switched off' })];
  if (!sends) return [check('connection.send', 'test span', { status: 'skipped', detail: 'not asked for: --no-send' })];
  const endpoints = exporterNames(env).flatMap((name) => endpointOf(env, name) ?? []);
  if (endpoints.length === 0) {
    const detail = exporterNames(env).includes('console') ? 'traces are printed on stderr' : 'there is nothing to send to';
    return [check('connection.send', 'test span', { status: 'skipped', detail })];
  }
  const journeys = endpoints.map((endpoint) => new Journey(surroundings, endpoint).checks());
  return (await Promise.all(journeys)).flat();
}

/** The way to one endpoint; it ends at the first thing that stands in it. */
class Journey {
  readonly #found: Check[] = [];
  readonly #way: Way;
  readonly #deadline: number;
  #spoken: Spoken | undefined;

  constructor(
    private readonly surroundings: Surroundings,
    private readonly endpoint: Endpoint,
  ) {
    const { env } = surroundings;
    const proxy = endpoint.speaks === 'gRPC' && !endpoint.isSocket ? grpcProxyFor(env, endpoint.host) : undefined;
    this.#way = { endpoint, isContained: isContained(surroundings), headerNames: headersIn(env).names, proxy };
    this.#deadline = surroundings.clock.now() + surroundings.timeoutMs;
  }

  async checks(): Promise<Check[]> {
    const isOpen = await this.#arrive();
    this.#add('send', 'test span', isOpen ? await this.#send() : { status: 'skipped', detail: 'the way there is not open' });
    return this.#found;
  }

  /** False where there is no point in going on. */
  async #arrive(): Promise<boolean> {
    const { endpoint } = this;
    const { proxy } = this.#way;
    if (endpoint.isSocket) return true;
    if (proxy !== undefined) {
      const cure = `add ${endpoint.host} to no_proxy if it is to be reached directly`;
      this.#add('proxy', 'proxy', { status: 'warning', value: 'in use', source: proxy, detail: 'gRPC goes through a proxy', cure });
      return true;
    }
    return (await this.#lookUp()) && (await this.#connect()) && (!endpoint.isTls || (await this.#secure()));
  }

  #lookUp(): Promise<boolean> {
    const { network } = this.surroundings;
    const found = async (): Promise<Finding> => {
      const addresses = await network.lookup(this.endpoint.host, this.#leftMs);
      return { status: 'ok', value: `${this.endpoint.host}: ${addresses.join(', ')}` };
    };
    return this.#step('resolve', 'host', found, lookupFailed);
  }

  #connect(): Promise<boolean> {
    const { network, clock } = this.surroundings;
    const { host, port } = this.endpoint;
    const found = async (): Promise<Finding> => {
      const startedAt = clock.now();
      await network.connect({ host, port }, this.#leftMs);
      return { status: 'ok', value: `${host}:${port} in ${inMs(clock.now() - startedAt)}` };
    };
    return this.#step('connect', 'connection', found, connectFailed);
  }

  #secure(): Promise<boolean> {
    const { network } = this.surroundings;
    const { host, port } = this.endpoint;
    const found = async (): Promise<Finding> => {
      const handshake = await network.handshake({ host, port }, tlsSettings(this.surroundings), this.#leftMs);
      this.#spoken = handshake.speaks;
      return certificateFinding(handshake, this.#way);
    };
    return this.#step('tls', 'TLS', found, handshakeFailed);
  }

  async #step(
    id: string,
    title: string,
    find: () => Promise<Finding>,
    diagnose: (error: { code: unknown; message: string }, way: Way) => Diagnosis,
  ): Promise<boolean> {
    let finding: Finding;
    try {
      finding = await find();
    } catch (error) {
      finding = { status: 'problem', ...diagnose({ code: memberOf(error, 'code'), message: messageOf(error) }, this.#way) };
    }
    this.#add(id, title, finding);
    return finding.status !== 'problem';
  }

  /** The last word has the exporter that would be used. */
  async #send(): Promise<Finding> {
    const { sendSpan, env } = this.surroundings;
    // What is left over is for finding out what answers in place of a receiver.
    const { ms, error, unsent, remarks } = await sendSpan(
      this.endpoint.exporter,
      Math.max(this.#leftMs - this.surroundings.timeoutMs / 5, 1),
    );
    const safe = (text: string): string => withoutThese(text, secretsIn(env));
    if (unsent !== undefined) return { status: 'problem', detail: safe(unsent), cure: 'see the packages above' };
    const value = `sent in ${inMs(ms)}`;
    if (error) return { status: 'problem', ...sendFailed({ ...error, message: safe(error.message) }, await this.#findOut(), this.#way) };
    if (remarks.length > 0) return { status: 'warning', value, detail: `OpenTelemetry says: ${safe(remarks.join('. '))}` };
    return { status: 'ok', value, detail: 'look for the span toolspan.doctor in the backend' };
  }

  async #findOut(): Promise<Spoken | undefined> {
    const { isTls, isSocket, host, port } = this.endpoint;
    if (isTls || isSocket || this.#way.proxy !== undefined) return this.#spoken;
    return this.surroundings.network.spoken({ host, port }, this.#leftMs).catch(() => undefined);
  }

  #add(id: string, title: string, finding: Finding): void {
    const { exporter } = this.endpoint;
    const place = exporter === 'otlp' ? (`connection.${id}` as const) : (`connection.${exporter}.${id}` as const);
    this.#found.push(check(place, exporter === 'otlp' ? title : `${title} (${exporter})`, finding));
  }

  /** Milliseconds, never less than one. */
  get #leftMs(): number {
    return Math.max(Math.round(this.#deadline - this.surroundings.clock.now()), 1);
  }
}

function certificateFinding(handshake: Handshake, way: Way): Finding {
  if (handshake.refused === undefined) return { status: 'ok', value: `trusted, valid until ${handshake.validTo}` };
  return { status: 'problem', ...certificateRefused(handshake, way) };
}

/** As the exporter reads them: what cannot be read is left out, and named in the section of traces. */
function tlsSettings({ env, cwd, readFile }: Surroundings): TlsSettings {
  const text = (name: string): string | undefined => {
    const { value, source } = setting(env, otlp(name), '');
    if (source === 'default') return undefined;
    try {
      return readFile(isAbsolute(value) ? value : join(cwd, value));
    } catch {
      return undefined;
    }
  };
  const [cert, key] = [text('CLIENT_CERTIFICATE'), text('CLIENT_KEY')];
  return { ca: text('CERTIFICATE'), ...(cert !== undefined && key !== undefined && { cert, key }) };
}

function inMs(milliseconds: number): string {
  return `${milliseconds.toFixed(1)} ms`;
}
