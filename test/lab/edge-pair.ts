/**
 * Two hosts in network namespaces, `a` (192.0.2.1, 2001:db8::1) and `b` (.2), with a cable (veth `eth0`) between them,
 * for the tests of the kernel edge. Each is a process of its own (`edge-host.ts`).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { addressBytes } from '../../core/address.ts';
import { need } from '../support/need.ts';
import { type EdgeHost, spawnHost } from './edge-client.ts';

export const A = `tdm-edge-a-${process.pid}`;
export const B = `tdm-edge-b-${process.pid}`;

export const run = (...argv: string[]): string =>
  execFileSync(argv[0]!, argv.slice(1), { encoding: 'utf8', stdio: 'pipe' });
export const inside = (namespace: string, ...argv: string[]): string => run('ip', 'netns', 'exec', namespace, ...argv);
export const feed = (namespace: string, argv: readonly string[], input: string): string =>
  execFileSync('ip', ['netns', 'exec', namespace, ...argv], { encoding: 'utf8', input, stdio: 'pipe' });

export const bytesOf = (text: string): Uint8Array => addressBytes(text)!;
export const hexOf = (text: string): string => Buffer.from(bytesOf(text)).toString('hex');
export const advert = (vrid: number): Buffer => Buffer.from([0x31, vrid, 100, 1, 0, 100, 0, 0, 192, 0, 2, 100]);
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ask until the answer is good; the limit is generous, because the machine may be busy. */
export async function until<T>(what: string, ask: () => Promise<T> | T, good: (answer: T) => boolean): Promise<T> {
  let answer = await ask();
  for (const end = Date.now() + 10_000; !good(answer); answer = await ask()) {
    if (Date.now() > end) assert.fail(`${what} did not happen; last seen: ${JSON.stringify(answer).slice(0, 2000)}`);
    await sleep(5);
  }
  return answer;
}

/** The pair, filled in when the tests begin. */
export interface EdgePair {
  a: EdgeHost;
  b: EdgeHost;
  /** MACs as twelve hex digits. */
  macA: string;
  macB: string;
  linkLocalA: string;
}

/** Make the pair before the tests of this block, and take it away after them. */
export function edgePair(): EdgePair {
  const pair: Partial<EdgePair> = {};
  before(async function () {
    need(this, 'namespaces', 'ping');
    for (const namespace of [A, B]) {
      run('ip', 'netns', 'add', namespace);
      run('ip', '-n', namespace, 'link', 'set', 'lo', 'up');
    }
    run('ip', '-n', A, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', B);
    for (const [namespace, address4, address6] of [
      [A, '192.0.2.1/24', '2001:db8::1/64'],
      [B, '192.0.2.2/24', '2001:db8::2/64'],
    ] as const) {
      run('ip', '-n', namespace, 'link', 'set', 'eth0', 'up');
      run('ip', '-n', namespace, 'addr', 'add', address4, 'dev', 'eth0');
      run('ip', '-n', namespace, 'addr', 'add', address6, 'dev', 'eth0', 'nodad');
    }
    pair.a = spawnHost(A);
    pair.b = spawnHost(B);
    const { a, b } = pair;
    await Promise.all([a.call('start'), b.call('start')]);
    for (const host of [a, b]) {
      await until(
        'a usable link-local address',
        () => host.call('addresses', 'eth0'),
        (list) => list.some((address) => address.scope === 'link' && !address.tentative),
      );
    }
    pair.macA = (await a.call('interface', 'eth0'))!.mac;
    pair.macB = (await b.call('interface', 'eth0'))!.mac;
    pair.linkLocalA = (await a.call('addresses', 'eth0')).find((address) => address.scope === 'link')!.address;
  });

  after(async () => {
    const codes = await Promise.all([pair.a?.stop(), pair.b?.stop()]);
    for (const namespace of [A, B]) {
      try {
        run('ip', 'netns', 'del', namespace);
      } catch {
        // it was never made
      }
    }
    if (pair.a !== undefined) assert.deepEqual(codes, [0, 0], 'a host that was stopped has nothing left to wait for');
  });

  return pair as EdgePair;
}

/** Wait until a host's view of an interface is as wanted. */
export const changed = (host: EdgeHost, name: string, good: (link: { up: boolean; index: number } | null) => boolean) =>
  until(`a change of ${name}`, () => host.call('interface', name), good);
