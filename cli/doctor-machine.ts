/** What the machine around an instance may have wrong: judged from facts. Pure. */
import type { DoctorCheck } from '../core/api/host.ts';
import { count } from './format.ts';

/** An interface that carries adverts or addresses. */
export interface InterfaceFacts {
  readonly name: string;
  readonly mtu: number | null;
  /** The file by which systemd-networkd manages it, null if it does not; `keeps`: it leaves foreign addresses alone. */
  readonly networkd: { readonly file: string; readonly keeps: boolean } | null;
  readonly networkManager: boolean;
  /** It is a bridge, or a port of one, that passes multicast on only to those who asked while nobody makes them ask. */
  readonly deafBridge: string | null;
}

export interface FileFacts {
  readonly path: string;
  /** What it is: `the secret of the stack`. */
  readonly what: string;
  /** Permission bits, null if it does not exist or may not be looked at. */
  readonly mode: number | null;
}

export interface RouterFacts {
  readonly name: string;
  readonly id: number;
  readonly family: 'ipv4' | 'ipv6';
  readonly interface: string;
  readonly advertised: number;
  /** Adverts with our VRID that cannot be of our stack: other version, password or list of addresses. */
  readonly strange: number;
}

export interface MachineFacts {
  readonly interfaces: readonly InterfaceFacts[];
  readonly routers: readonly RouterFacts[];
  readonly secrets: readonly FileFacts[];
  /** Who has the HA port and is none of ours: `UDP 11211`; null = not looked at. */
  readonly port: { readonly number: number; readonly foreign: readonly string[] } | null;
  /** Seconds that another instance's clock is ahead of ours, by its name. */
  readonly skews: Readonly<Record<string, number>>;
  /** Null: no manager, or its files may not be looked at. */
  readonly logins: { readonly users: number; readonly admins: number } | null;
  readonly certificate:
    { readonly file: string; readonly until: number } | { readonly file: string; readonly error: string } | null;
  readonly now: number;
}

const DAY = 86_400_000;
const CERTIFICATE_WARNING = 21 * DAY;
/** Events are put in order by wall time, and the clocks of answers are whole seconds. */
const SKEW_SECONDS = 3;
const KEEP = '/usr/share/doc/tandem/examples/keep-addresses.conf';

const make = (level: DoctorCheck['level'], name: string, text: string, advice?: string): DoctorCheck =>
  advice === undefined ? { name, level, text } : { name, level, text, advice };

export function diagnoseMachine(facts: MachineFacts): readonly DoctorCheck[] {
  return [
    ...networkManagers(facts.interfaces),
    ...snooping(facts.interfaces),
    ...duplicates(facts.routers),
    ...sizes(facts),
    ...port(facts),
    ...clocks(facts),
    ...secrets(facts.secrets),
    ...logins(facts),
    ...certificate(facts),
  ];
}

function networkManagers(interfaces: readonly InterfaceFacts[]): readonly DoctorCheck[] {
  const checks = interfaces.flatMap(({ name, networkd, networkManager }) => {
    const found: DoctorCheck[] = [];
    if (networkd !== null && !networkd.keeps) {
      const folder = `/etc/systemd/network/${networkd.file.slice(networkd.file.lastIndexOf('/') + 1)}.d`;
      const advice = `mkdir -p ${folder} && cp ${KEEP} ${folder}/50-tandem.conf && networkctl reload`;
      found.push(
        make(
          'warn',
          'network',
          `systemd-networkd manages ${name} and removes virtual addresses when it is reconfigured`,
          advice,
        ),
      );
    }
    if (networkManager) {
      const advice = `/etc/NetworkManager/conf.d/60-tandem.conf: [keyfile] unmanaged-devices+=interface-name:${name}, then nmcli general reload`;
      found.push(
        make(
          'warn',
          'network',
          `NetworkManager manages ${name} and removes virtual addresses when it takes the connection up`,
          advice,
        ),
      );
    }
    return found;
  });
  return checks.length > 0 ? checks : [make('ok', 'network', 'no network manager removes virtual addresses')];
}

function snooping(interfaces: readonly InterfaceFacts[]): readonly DoctorCheck[] {
  return interfaces.flatMap(({ name, deafBridge }) => {
    if (deafBridge === null) return [];
    const text = `${name} is on the bridge ${deafBridge}, which snoops on multicast without a querier: adverts (224.0.0.18, ff02::12) may stop after minutes`;
    const advice = `ip link set ${deafBridge} type bridge mcast_querier 1, or mcast_snooping 0, or unicastPeers`;
    return [make('warn', 'multicast', text, advice)];
  });
}

function duplicates(routers: readonly RouterFacts[]): readonly DoctorCheck[] {
  return routers.flatMap(({ name, id, interface: where, strange }) => {
    if (strange === 0) return [];
    const text = `somebody else uses VRID ${id} on ${where}: ${count(strange, 'advert')} for ${name} with another version, password or list of addresses`;
    return [make('warn', 'vrid', text, 'tandem events names its address; give one of the two another id')];
  });
}

/** IP header, VRRP header, addresses: an advert is never cut into fragments. */
function sizes({ routers, interfaces }: MachineFacts): readonly DoctorCheck[] {
  return interfaces.flatMap(({ name, mtu }) => {
    if (mtu === null) return [];
    const largest = Math.max(
      0,
      ...routers
        .filter((router) => router.interface === name)
        .map(({ family, advertised }) => (family === 'ipv4' ? 28 + 4 * advertised : 48 + 16 * advertised)),
    );
    if (largest > mtu) {
      const advice = 'a larger MTU, or fewer addresses in the advert (excludedAddresses)';
      return [make('fail', 'mtu', `adverts of ${largest} bytes do not fit the MTU ${mtu} of ${name}`, advice)];
    }
    if (mtu >= 1280) return [];
    return [
      make(
        'warn',
        'mtu',
        `the MTU of ${name} is ${mtu}: IPv6 needs 1280, and reports between peers are that long`,
        `ip link set ${name} mtu 1500`,
      ),
    ];
  });
}

function port({ port: found }: MachineFacts): readonly DoctorCheck[] {
  if (found === null || found.foreign.length === 0) return [];
  const text = `another program has ${found.foreign.join(' and ')}, the HA port (${found.number} is also the usual port of memcached)`;
  return [make('fail', 'port', text, 'ss -lpn names it; stop it, or give ha.port another number on every instance')];
}

function clocks({ skews }: MachineFacts): readonly DoctorCheck[] {
  const entries = Object.entries(skews);
  const wrong = entries.filter(([, seconds]) => Math.abs(seconds) >= SKEW_SECONDS);
  if (wrong.length > 0)
    return wrong.map(([name, seconds]) =>
      make(
        'warn',
        'clock',
        `the clock of ${name} is ${Math.round(Math.abs(seconds))} s ${seconds > 0 ? 'ahead' : 'behind'}: failover does not care, but events are out of order`,
        'NTP on every instance: timedatectl',
      ),
    );
  return entries.length === 0
    ? []
    : [make('ok', 'clock', `${entries.map(([name]) => name).join(', ')} and this instance agree on the time`)];
}

function secrets(files: readonly FileFacts[]): readonly DoctorCheck[] {
  const open = files.filter(({ mode }) => mode !== null && (mode & 0o077) !== 0);
  if (open.length > 0)
    return open.map(({ path, what, mode }) =>
      make(
        'warn',
        'secrets',
        `${what} ${path} is open to others (mode ${(mode ?? 0).toString(8)})`,
        `chmod 600 ${path}`,
      ),
    );
  return files.length === 0
    ? []
    : [make('ok', 'secrets', `${count(files.length, 'file')} with a secret, none open to others`)];
}

function logins({ logins: found }: MachineFacts): readonly DoctorCheck[] {
  if (found === null) return [];
  if (found.users === 0)
    return [make('warn', 'users', 'nobody has a password for the web page', 'tandem passwd admin --role admin')];
  if (found.admins === 0)
    return [
      make('warn', 'users', 'no user is an admin: nobody can change settings', 'tandem passwd NAME --role admin'),
    ];
  return [make('ok', 'users', `${count(found.users, 'user')}, ${count(found.admins, 'admin')}`)];
}

function certificate({ certificate: found, now }: MachineFacts): readonly DoctorCheck[] {
  if (found === null) return [];
  const { file } = found;
  if ('error' in found)
    return [
      make('warn', 'certificate', `${file} cannot be read: ${found.error}`, 'see manager.tls in the configuration'),
    ];
  const day = new Date(found.until).toISOString().slice(0, 10);
  const advice = 'replace the files; the manager takes them up without a restart';
  if (found.until <= now) return [make('fail', 'certificate', `${file} has been out of date since ${day}`, advice)];
  if (found.until - now < CERTIFICATE_WARNING) return [make('warn', 'certificate', `${file} ends on ${day}`, advice)];
  return [make('ok', 'certificate', `valid until ${day}`)];
}
