/** Adds and removes addresses through rtnetlink. */
import * as libc from './libc.ts';
import type { AddressWriter, KernelError, KernelView } from './ports.ts';
import { addAddress, removeAddress, setLinkUp } from './rtnetlink.ts';
import { type Answer, createRequestSocket } from './rtnetlink-socket.ts';

const HINTS: Readonly<Record<string, string>> = {
  EPERM: 'run as root or with CAP_NET_ADMIN',
  ENODEV: 'there is no such interface',
  EACCES: 'IPv6 is disabled on the interface (net.ipv6.conf.*.disable_ipv6)',
  EOPNOTSUPP: 'the kernel has no such address family',
  ENETDOWN: 'set the interface up first',
};

/**
 * A writer. The kernel carries a request out within the call (some 40 to 90 µs) and has answered when it returns: the callback is called from
 * within the call, so that an address is announced before the next one is added.
 *
 * Remove in the reverse order of adding: removing the first IPv4 address of a subnet makes the kernel promote the next,
 * and so on for each (255 addresses: 160 ms instead of 9).
 */
export function createAddressWriter(view: Pick<KernelView, 'interface'>): AddressWriter {
  const socket = createRequestSocket();

  /** Ask for the interface's present index; the view may be a moment behind one that was recreated. */
  const request = (name: string, make: (sequence: number, index: number) => Buffer): Answer => {
    const index = view.interface(name)?.index ?? libc.interfaceIndex(name);
    if (index === null) return { error: 'ENODEV', text: '' };
    const answer = socket.request((sequence) => make(sequence, index));
    if (answer.error !== 'ENODEV') return answer;
    const now = libc.interfaceIndex(name);
    return now === null || now === index ? answer : socket.request((sequence) => make(sequence, now));
  };

  return {
    add(address, done) {
      const answer = request(address.interface, (sequence, index) => addAddress(sequence, index, address));
      const what = `cannot add ${address.address}/${address.prefix} to ${address.interface}`;
      const outcome = answer.error === null ? 'added' : answer.error === 'EEXIST' ? 'present' : failure(what, answer);
      done(outcome);
    },
    remove(address, done) {
      const answer = request(address.interface, (sequence, index) => removeAddress(sequence, index, address));
      const what = `cannot remove ${address.address}/${address.prefix} from ${address.interface}`;
      const gone = answer.error === 'EADDRNOTAVAIL' || answer.error === 'ENODEV';
      const outcome = answer.error === null ? 'removed' : gone ? 'absent' : failure(what, answer);
      done(outcome);
    },
    setUp(name, up, done) {
      const answer = request(name, (sequence, index) => setLinkUp(sequence, index, up));
      const outcome = answer.error === null ? 'done' : failure(`cannot set ${name} ${up ? 'up' : 'down'}`, answer);
      done(outcome);
    },
    close() {
      socket.close();
    },
  };
}

function failure(what: string, { error, text }: Answer): KernelError {
  const code = error ?? 'EIO';
  const hint = HINTS[code];
  const said = text === '' ? '' : ` (${text})`;
  return { code, text: `${what}: ${code}${said}${hint === undefined ? '' : `: ${hint}`}` };
}
