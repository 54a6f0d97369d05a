/**
 * What may be asked of the helper: a closed list of kinds, one JSON object a line, each answered by `{ id, ok, text }`.
 * Reading treats every field as hostile: whoever may open the socket must not be able to run anything else. What programs and files belong
 * to a bypass or a track the guardian alone says (plan-message.ts); here they have no words for it. Pure.
 */
import type { Family, PlannedAddress } from '../../config/plan.ts';
import { addressBytes, addressText } from '../../core/address.ts';
import type { RunningFeature, SessionRequest } from '../../core/session-link.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { BypassState } from '../../core/status.ts';
import type { CardFacts } from '../bypass/control.ts';
import type { AcceptPlan } from '../../vrrp/macvlan.ts';
import { isFields, isInstance, isInterface, isNumber } from './fields.ts';
import type { Fields } from './fields.ts';
import { readSessionRequest } from './session-requests.ts';

export type HelperRequest =
  /** Make the macvlan of a router (left down) and its settings; one of that name that is there already is replaced. */
  | {
      readonly kind: 'macvlan.create';
      readonly parent: string;
      readonly name: string;
      readonly family: Family;
      readonly vrid: number;
    }
  | { readonly kind: 'macvlan.remove'; readonly name: string }
  /** The settings of a macvlan and its parent alone. */
  | { readonly kind: 'interface.sysctls'; readonly parent: string; readonly name: string }
  /** Replace the rules of `accept: false` by those of this plan. */
  | { readonly kind: 'accept.install'; readonly plan: AcceptPlan }
  | { readonly kind: 'accept.remove'; readonly instance: string }
  /** Put every link pair there, by the driver of the configuration. `ok`: that is what is read back. */
  | { readonly kind: 'bypass.set'; readonly position: 'inline' | 'bypass' }
  /** The position as it is read back; `text` is its detail. */
  | { readonly kind: 'bypass.read' }
  /** The card's own watchdog, where the driver has one. */
  | { readonly kind: 'bypass.watchdog'; readonly armed: boolean }
  /** Check a track of the configuration once. `ok`: it is good; `text` is its detail. Answered when it is done, not in turn. */
  | { readonly kind: 'track.check'; readonly name: string }
  /** For the manager (core/session-link.ts). */
  | SessionRequest;

export interface HelperAnswer {
  readonly ok: boolean;
  /** Empty, or what went wrong, or the detail of what was read. */
  readonly text: string;
  /** Of `bypass.set` and `bypass.read`: what was read back. */
  readonly state?: BypassState;
  /** Of `track.check`: what the check found; missing where it could not be done at all. */
  readonly good?: boolean;
  /** Of `bypass.read`: what the card does by itself. */
  readonly card?: CardFacts;
  /** Of `filter.…`: everything has to be applied anew. */
  readonly again?: boolean;
  /** Of `feature.list`. */
  readonly running?: readonly RunningFeature[];
}

export interface Numbered<T> {
  readonly id: number;
  readonly value: T;
}

/** Longest line in bytes: 255 routers with many addresses are below a quarter of it. */
export const LONGEST_LINE = 1024 * 1024;

/** One line for the wire. What is not needed of a plan (passwords) does not travel. */
export function encodeRequest(id: number, request: HelperRequest): string {
  if (request.kind !== 'accept.install') return `${JSON.stringify({ id, ...request })}\n`;
  const { instance, routers } = request.plan;
  const plan: AcceptPlan = {
    instance,
    routers: routers.map(({ accept, priority, addresses, excludedAddresses }) => ({
      accept,
      priority,
      addresses,
      excludedAddresses,
    })),
  };
  return `${JSON.stringify({ id, kind: request.kind, plan })}\n`;
}

export function encodeAnswer(id: number, answer: HelperAnswer): string {
  return `${JSON.stringify({ id, ...answer })}\n`;
}

/** An answer, null if it is none. */
export function decodeAnswer(line: string): Numbered<HelperAnswer> | null {
  const value = parse(line);
  if (value === null || !isId(value['id']) || typeof value['ok'] !== 'boolean' || typeof value['text'] !== 'string')
    return null;
  const { id, ok, text, state, good, card: told } = value;
  if (state !== undefined && !isState(state)) return null;
  if (good !== undefined && typeof good !== 'boolean') return null;
  const card = told === undefined ? undefined : readCard(told);
  if (card === null) return null;
  const more = { ...(good === undefined ? {} : { good }), ...(card === undefined ? {} : { card }) };
  return { id, value: { ok, text, ...(state === undefined ? {} : { state }), ...more } };
}

function readCard(value: unknown): CardFacts | null {
  if (!isFields(value)) return null;
  const { powerOff, watchdog } = value;
  if (powerOff !== null && powerOff !== 'bypass' && powerOff !== 'blocked') return null;
  if (watchdog === null) return { powerOff, watchdog };
  if (!isFields(watchdog)) return null;
  const { armed, fedMs } = watchdog;
  const isAge = fedMs === null || (typeof fedMs === 'number' && fedMs >= 0);
  return typeof armed === 'boolean' && isAge ? { powerOff, watchdog: { armed, fedMs } } : null;
}

/** A request; without a usable id the error cannot be answered (`id` null). */
export function decodeRequest(
  line: string,
): Result<Numbered<HelperRequest>, { readonly id: number | null; readonly text: string }> {
  const value = parse(line);
  if (value === null || !isId(value['id'])) return fail({ id: null, text: 'no JSON object with an id' });
  const id = value['id'];
  const request = readRequest(value);
  return typeof request === 'string' ? fail({ id, text: request }) : ok({ id, value: request });
}

function readRequest(value: Fields): HelperRequest | string {
  const { kind, parent, name, family, vrid, instance, position, armed } = value;
  switch (kind) {
    case 'macvlan.create':
      if (!isInterface(parent)) return 'parent: the name of an interface expected';
      if (!isMacvlan(name)) return 'name: the name of a macvlan of Tandem expected';
      if (!isFamily(family)) return 'family: ipv4 or ipv6 expected';
      if (!isNumber(vrid, 1, 255)) return 'vrid: 1 to 255 expected';
      return { kind, parent, name, family, vrid };
    case 'macvlan.remove':
      return isMacvlan(name) ? { kind, name } : 'name: the name of a macvlan of Tandem expected';
    case 'interface.sysctls':
      if (!isInterface(parent)) return 'parent: the name of an interface expected';
      return isMacvlan(name) ? { kind, parent, name } : 'name: the name of a macvlan of Tandem expected';
    case 'accept.install': {
      const plan = readPlan(value['plan']);
      return typeof plan === 'string' ? plan : { kind, plan };
    }
    case 'accept.remove':
      return isInstance(instance) ? { kind, instance } : 'instance: a name expected';
    case 'bypass.set':
      return position === 'inline' || position === 'bypass'
        ? { kind, position }
        : 'position: inline or bypass expected';
    case 'bypass.read':
      return { kind };
    case 'bypass.watchdog':
      return typeof armed === 'boolean' ? { kind, armed } : 'armed: true or false expected';
    case 'track.check':
      return isInstance(name) ? { kind, name } : 'name: the name of a track expected';
    case 'filter.stage':
    case 'filter.apply':
    case 'filter.look':
    case 'feature.capture':
    case 'feature.command':
    case 'feature.stop':
    case 'feature.list':
      return readSessionRequest(kind, value);
    default:
      return 'kind: unknown';
  }
}

function readPlan(value: unknown): AcceptPlan | string {
  if (!isFields(value)) return 'plan: an object expected';
  const { instance, routers } = value;
  if (!isInstance(instance)) return 'plan.instance: a name expected';
  if (!Array.isArray(routers) || routers.length > 10_000) return 'plan.routers: a list expected';
  const read: AcceptPlan['routers'][number][] = [];
  for (const router of routers) {
    if (!isFields(router)) return 'plan.routers: objects expected';
    const { accept, priority } = router;
    const addresses = readAddresses(router['addresses']);
    const excludedAddresses = readAddresses(router['excludedAddresses']);
    if (typeof accept !== 'boolean' || !isNumber(priority, 1, 255)) return 'plan.routers: accept and priority expected';
    if (addresses === null || excludedAddresses === null) return 'plan.routers: addresses expected';
    read.push({ accept, priority, addresses, excludedAddresses });
  }
  return { instance, routers: read };
}

/** Addresses are printed anew from their bytes, so that no text of the request reaches a rule. */
function readAddresses(value: unknown): readonly PlannedAddress[] | null {
  if (!Array.isArray(value) || value.length > 10_000) return null;
  const read: PlannedAddress[] = [];
  for (const one of value) {
    if (!isFields(one)) return null;
    const bytes = typeof one['address'] === 'string' ? addressBytes(one['address']) : null;
    const { family, prefix, interface: name } = one;
    if (bytes === null || !isFamily(family) || bytes.length !== (family === 'ipv4' ? 4 : 16)) return null;
    if (!isNumber(prefix, 0, bytes.length * 8) || !isInterface(name)) return null;
    read.push({ address: addressText(bytes), prefix, family, interface: name });
  }
  return read;
}

function parse(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : null;
  } catch {
    return null;
  }
}

const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isState = (value: unknown): value is BypassState =>
  value === 'inline' || value === 'bypass' || value === 'notFitted' || value === 'unknown';
const isFamily = (value: unknown): value is Family => value === 'ipv4' || value === 'ipv6';
/** Names of `macvlanName` alone: the helper touches no other interface. */
const isMacvlan = (value: unknown): value is string =>
  typeof value === 'string' && /^vr[46]-\d{1,3}-(\d+|x[0-9a-z]+)$/.test(value) && value.length <= 15;
