import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What X-Ray is asked: by path, with the body. */
export interface XrayRequest {
  readonly path: string;
  readonly body: unknown;
}

/** A sampling rule, as much of one as the tests vary. */
export interface XrayRule {
  readonly service: string;
  /** The share of traces that is sampled. */
  readonly rate: number;
}

/** Stands in for the endpoint at which agents and collectors hand out the sampling rules of X-Ray. */
export class XrayEndpoint {
  readonly requests: XrayRequest[] = [];
  /** Answers that have gone out. */
  answered = 0;
  readonly #server: Server;

  /** @param rules `undefined`: takes requests and never answers */
  private constructor(rules: readonly XrayRule[] | undefined) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('finish', () => (this.answered += 1));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        this.requests.push({ path: `${request.method} ${request.url}`, body: body === '' ? undefined : JSON.parse(body) });
        if (rules) response.end(JSON.stringify(request.url === '/GetSamplingRules' ? documentOf(rules) : NO_TARGETS));
      });
    });
  }

  static async start(rules?: readonly XrayRule[]): Promise<XrayEndpoint> {
    const endpoint = new XrayEndpoint(rules);
    await new Promise<void>((resolve) => endpoint.#server.listen(0, '127.0.0.1', resolve));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

const NO_TARGETS = { LastRuleModification: 0, SamplingTargetDocuments: [], UnprocessedStatistics: [] };
const ANYTHING = { Host: '*', HTTPMethod: '*', ResourceARN: '*', ServiceType: '*', URLPath: '*', Attributes: {}, Version: 1 };

function documentOf(rules: readonly XrayRule[]): object {
  const records = [...rules, { service: '*', rate: 1 }].map(({ service, rate }, index) => ({
    SamplingRule: {
      ...ANYTHING,
      RuleName: index === rules.length ? 'Default' : `rule ${index}`,
      Priority: index === rules.length ? 10_000 : index + 1,
      ServiceName: service,
      FixedRate: rate,
      ReservoirSize: 0,
    },
  }));
  return { SamplingRuleRecords: records };
}
