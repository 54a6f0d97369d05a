/** Adds and removes addresses through rtnetlink. */
import * as libc from './libc.ts';
import type { Added, AddressOn, AddressWriter, KernelError, KernelView } from './ports.ts';
import { addAddress, removeAddress, setLinkUp } from './rtnetlink.ts';
import { type Answer, createRequestSocket } from './rtnetlink-socket.ts';

const HINTS: Readonly<Record<string, string>> = {
  EPERM: 'run as root or with CAP_NET_ADMIN',
  ENODEV: 'there is no such interface',
  EACCES: 'IPv6 is disabled on the interface (net.ipv6.conf.*.disable_ipv6)',
  EOPNOTSUPP: 'the kernel has no such address family',
  ENETDOWN: 'set the interface up first',
};

/** Addresses that are asked for with one system call: few enough for the first of them to be announced soon. */
const SLICE = 32;

type Make = (sequence: number, index: number) => Buffer;

/**
 * A writer. The kernel carries requests out within the call (some 40 to 90 µs each) and has answered when it returns: the callback is called from
 * within the call, so that a slice of addresses is announced before the next one is added.
 *
 * Remove in the reverse order of adding: removing the first IPv4 address of a subnet makes the kernel promote the next,
 * and so on for each (255 addresses: 160 ms instead of 9).
 */
export function createAddressWriter(view: Pick<KernelView, 'interface'>): AddressWriter {
  const socket = createRequestSocket();

  /** Ask for the interfaces' present indices; the view may be a moment behind one that was recreated. */
  const request = (wanted: readonly { readonly name: string; readonly make: Make }[]): Answer[] => {
    const indices = wanted.map(({ name }) => view.interface(name)?.index ?? libc.interfaceIndex(name));
    const asked = wanted.flatMap(({ make }, at) => {
      const index = indices[at] ?? null;
      return index === null ? [] : [{ at, make: (sequence: number) => make(sequence, index) }];
    });
    const answers = wanted.map((): Answer => ({ error: 'ENODEV', text: '' }));
    socket.request(asked.map(({ make }) => make)).forEach((answer, n) => (answers[asked[n]!.at] = answer));
    return answers.map((answer, at) => {
      if (answer.error !== 'ENODEV') return answer;
      const { name, make } = wanted[at]!;
      const now = libc.interfaceIndex(name);
      return now === null || now === indices[at] ? answer : socket.request([(sequence) => make(sequence, now)])[0]!;
    });
  };
  const one = (name: string, make: Make): Answer => request([{ name, make }])[0]!;

  return {
    add(addresses, done) {
      for (let from = 0; from < addresses.length; from += SLICE) {
        const slice = addresses.slice(from, from + SLICE);
        const answers = request(
          slice.map((address) => ({
            name: address.interface,
            make: (sequence, index) => addAddress(sequence, index, address),
          })),
        );
        done(
          slice.map((address, n) => added(address, answers[n]!)),
          from,
        );
      }
    },
    remove(address, done) {
      const answer = one(address.interface, (sequence, index) => removeAddress(sequence, index, address));
      const what = `cannot remove ${address.address}/${address.prefix} from ${address.interface}`;
      const gone = answer.error === 'EADDRNOTAVAIL' || answer.error === 'ENODEV';
      const outcome = answer.error === null ? 'removed' : gone ? 'absent' : failure(what, answer);
      done(outcome);
    },
    setUp(name, up, done) {
      const answer = one(name, (sequence, index) => setLinkUp(sequence, index, up));
      const outcome = answer.error === null ? 'done' : failure(`cannot set ${name} ${up ? 'up' : 'down'}`, answer);
      done(outcome);
    },
    close() {
      socket.close();
    },
  };
}

function added({ address, prefix, interface: name }: AddressOn, answer: Answer): Added {
  if (answer.error === null) return 'added';
  return answer.error === 'EEXIST' ? 'present' : failure(`cannot add ${address}/${prefix} to ${name}`, answer);
}

function failure(what: string, { error, text }: Answer): KernelError {
  const code = error ?? 'EIO';
  const hint = HINTS[code];
  const said = text === '' ? '' : ` (${text})`;
  return { code, text: `${what}: ${code}${said}${hint === undefined ? '' : `: ${hint}`}` };
}
