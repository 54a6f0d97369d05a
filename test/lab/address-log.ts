/** What happens to the addresses of a host, and when, from `ip monitor`: for the order of a claim and a removal. */
import { until, wallToLab } from '../../lab/clock.ts';
import type { Host } from '../../lab/host.ts';

export interface AddressLog {
  /** Waits until this address was removed; when, in ms on the lab's clock. */
  removed(address: string): Promise<number>;
  /** Every address that was removed so far, in order; link-local ones left out. */
  removals(): readonly string[];
}

interface Change {
  readonly at: number;
  readonly address: string;
  readonly removed: boolean;
}

const LINE = /^\[(\S+)\.(\d{6})\] ?(Deleted )?\d+: (\S+)\s+inet6? ([0-9a-f.:]+)/;

/** Follows them from now on. */
export async function watchAddresses(host: Host): Promise<AddressLog> {
  const offset = wallToLab();
  const program = host.spawn(['ip', '-ts', '-o', 'monitor', 'address'], { name: 'ip monitor', env: { TZ: 'UTC' } });
  const changes: Change[] = [];
  let ready = false;
  program.onLine((line) => {
    const [, second = '', micros = '', deleted, name, address = ''] = LINE.exec(line) ?? [];
    if (name === 'lo') ready = true;
    else if (address !== '') {
      const at = Date.parse(`${second}Z`) + Number(micros) / 1000 + offset;
      changes.push({ at, address, removed: deleted !== undefined });
    }
  });
  // It does not say when it listens: something on the loopback that it tells of shows it.
  const knock = (): boolean => {
    host.ip('addr add 127.77.0.1/32 dev lo', 'addr del 127.77.0.1/32 dev lo');
    return ready;
  };
  await until(knock, { what: `ip monitor listens on ${host.name}`, everyMs: 20 });
  return {
    removed: (address) =>
      until(() => changes.find((change) => change.removed && change.address === address)?.at, {
        what: `${address} is removed from ${host.name}`,
      }),
    removals: () =>
      changes.filter(({ address, removed }) => removed && !address.startsWith('fe80:')).map(({ address }) => address),
  };
}
