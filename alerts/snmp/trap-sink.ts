/** A receiver of traps or informs: each entry as its notifications, in order. Waiting and repeating are the queue's (alerts/queue.ts). */
import { randomInt } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { Config } from '../../config/schema.ts';
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Status } from '../../core/status.ts';
import { notificationsOf } from '../mib/notify.ts';
import type { Notification } from '../mib/notify.ts';
import { ticks } from '../mib/value.ts';
import { GivenUp } from '../sink.ts';
import type { Sink } from '../sink.ts';
import { createInformer, errorText, secured } from './inform.ts';
import { createInterfaceIndex } from './interface-index.ts';
import { LARGEST_MESSAGE, decodeMessage, encodeCommunity } from './message.ts';
import { ERROR } from './pdu.ts';
import type { Pdu } from './pdu.ts';
import { createUserReader, readCommunity } from './secrets.ts';
import type { ReadSecret } from './secrets.ts';
import type { SnmpEngine } from './engine.ts';
import { openLine } from './udp.ts';
import type { Line } from './udp.ts';

export type TrapTarget = Config['alerts']['snmp']['traps'][number];

export interface TrapSinkOptions {
  readonly trap: TrapTarget;
  /** One for the whole process: its count of starts grows with each that is made. */
  readonly engine: SnmpEngine;
  readonly status: () => Status | null;
  readonly readSecret: ReadSecret;
  readonly interfaceIndex?: (name: string) => number | null;
}

const SYS_UP_TIME = [1, 3, 6, 1, 2, 1, 1, 3, 0];
const SNMP_TRAP_OID = [1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0];

/** RFC 3416 section 4.2.6: sysUpTime and snmpTrapOID come first. */
export function notificationPdu(notification: Notification, type: 'trap' | 'inform', id: number, upMs: number): Pdu {
  return {
    type,
    requestId: id,
    status: 0,
    index: 0,
    bindings: [
      { oid: SYS_UP_TIME, value: ticks(upMs) },
      { oid: SNMP_TRAP_OID, value: { type: 'oid', value: notification.oid } },
      ...notification.varbinds,
    ],
  };
}

const nextId = (): number => randomInt(1, 0x7fff_ffff);

/** Hands over one PDU. */
type Transmit = (line: Line, pdu: Pdu) => Promise<void>;

export function createTrapSink(options: TrapSinkOptions): Sink {
  const { trap, engine, status, readSecret } = options;
  const { host, port, inform } = trap;
  const ifIndex = options.interfaceIndex ?? createInterfaceIndex();
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const closing = new AbortController();
  const transmit = trap.version === 3 ? overV3(trap, engine, readSecret, target) : overV2(trap, readSecret, target);
  const of = (entry: JournalEntry) => notificationsOf(entry, { status: status(), ifIndex });
  /** How many notifications of an entry the receiver has taken: the others alone are repeated. */
  let taken = { id: '', count: 0 };

  return {
    id: `trap:${target}${trap.version === 3 ? '/v3' : ''}${inform ? '/inform' : ''}`,
    kind: 'trap',
    target,
    get detail() {
      const spoken = trap.version === 3 ? `v3 ${trap.level}, user ${trap.user}` : 'v2c';
      return `SNMP ${spoken}, ${inform ? 'informs' : 'traps'}${trap.version === 3 && !inform ? engineIdOf(engine) : ''}`;
    },
    promised: inform,
    wants: (entry) => of(entry).length > 0,
    async deliver(entry, signal) {
      const notifications = of(entry);
      if (taken.id !== entry.id) taken = { id: entry.id, count: 0 };
      const line = await openLine(host, port, target, AbortSignal.any([signal, closing.signal]));
      try {
        for (const notification of notifications.slice(taken.count)) {
          await transmit(line, notificationPdu(notification, inform ? 'inform' : 'trap', nextId(), engine.upMs()));
          taken = { id: entry.id, count: taken.count + 1 };
        }
      } finally {
        line.close();
      }
    },
    async close() {
      closing.abort(new Error(`${target}: closed`));
    },
  };
}

/** What the receiver of v3 traps has to be told of us; empty while it is not known. */
function engineIdOf(engine: SnmpEngine): string {
  try {
    return `, engine ID 0x${engine.now().id.toString('hex')}`;
  } catch {
    return '';
  }
}

function overV2(trap: TrapTarget & { readonly version: '2c' }, readSecret: ReadSecret, target: string): Transmit {
  return async (line, pdu) => {
    const community = await readCommunity(readSecret, trap.communityFile);
    const bytes = fitting(encodeCommunity({ community, pdu }), target);
    if (!trap.inform) return line.send(bytes);
    const status = await line.ask(
      () => bytes,
      (answer) => statusOf(answer, community, pdu.requestId),
    );
    refuseErrors(status, target);
  };
}

/** error-status of the response to a request; null where it is another message. */
function statusOf(bytes: Buffer, community: Buffer, requestId: number): number | null {
  const decoded = decodeMessage(bytes);
  if (!decoded.ok || decoded.value.version !== '2c' || !decoded.value.community.equals(community)) return null;
  const { pdu } = decoded.value;
  return pdu.type === 'response' && pdu.requestId === requestId ? pdu.status : null;
}

function overV3(
  trap: TrapTarget & { readonly version: 3 },
  engine: SnmpEngine,
  readSecret: ReadSecret,
  target: string,
): Transmit {
  const readUser = createUserReader(readSecret, trap);
  const informer = createInformer(nextId, () => performance.now());
  return async (line, pdu) => {
    const user = await readUser();
    if (trap.inform) return refuseErrors(await informer.inform(line, user, pdu, target), target);
    // Of a trap the sender is the authority.
    const bytes = secured({ id: nextId(), user, at: engine.now(), reportable: false, pdu });
    await line.send(fitting(bytes, target));
  };
}

function fitting(bytes: Buffer, target: string): Buffer {
  if (bytes.length <= LARGEST_MESSAGE) return bytes;
  throw new GivenUp(`${target}: the notification is too large for a datagram (${bytes.length} bytes)`);
}

function refuseErrors(status: number, target: string): void {
  if (status !== ERROR.noError) throw new GivenUp(`${target} refuses the notification: ${errorText(status)}`);
}
