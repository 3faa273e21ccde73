import { BlockList, isIPv4 } from 'node:net';
import { read, type Environment } from '../bootstrap/environment.js';

const PROXIES = ['grpc_proxy', 'https_proxy', 'http_proxy'];

/** The variable by which gRPC goes through a proxy to a host, also to one on this machine; `undefined` if it goes there directly. */
export function grpcProxyFor(env: Environment, host: string): string | undefined {
  const name = PROXIES.find((candidate) => read(env, candidate) !== undefined);
  if (name === undefined || !read(env, name)!.startsWith('http://')) return undefined;
  const direct = (read(env, 'no_grpc_proxy') ?? read(env, 'no_proxy') ?? '').split(',').map((entry) => entry.trim());
  return direct.some((entry) => entry !== '' && covers(entry, host)) ? undefined : name;
}

function covers(entry: string, host: string): boolean {
  const [network, bits] = entry.split('/') as [string, string?];
  if (bits === undefined) return host === entry || host.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
  if (!isIPv4(network) || !isIPv4(host) || !/^([12]?\d|3[0-2])$/.test(bits)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits));
  return list.check(host);
}
