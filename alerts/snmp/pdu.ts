/** PDUs of SNMPv2 (RFC 3416) and the values in them. */
import type { Oid } from '../mib/oid.ts';
import type { MibValue } from '../mib/value.ts';
import { Malformed, TAG, element, integer, octets, oid, sequence } from './ber.ts';
import type { Reader } from './ber.ts';

export const PDU = {
  get: 0xa0,
  getNext: 0xa1,
  response: 0xa2,
  set: 0xa3,
  getBulk: 0xa5,
  inform: 0xa6,
  trap: 0xa7,
  report: 0xa8,
} as const;

export type PduType = keyof typeof PDU;

/** error-status. */
export const ERROR = { noError: 0, tooBig: 1, genErr: 5, authorizationError: 16, notWritable: 17 } as const;

/** What stands in the place of a value: nothing is asked, or there is none. */
const PLACEHOLDER = { null: 0x05, noSuchObject: 0x80, noSuchInstance: 0x81, endOfMibView: 0x82 } as const;

const VALUE = { octets: 0x04, oid: 0x06, address: 0x40, counter32: 0x41, gauge: 0x42, ticks: 0x43 } as const;
const OPAQUE = 0x44;
const COUNTER64 = 0x46;

export type WireValue =
  | MibValue
  | { readonly type: keyof typeof PLACEHOLDER }
  | { readonly type: 'address' | 'opaque'; readonly value: Buffer };

export interface Binding {
  readonly oid: Oid;
  readonly value: WireValue;
}

export interface Pdu {
  readonly type: PduType;
  readonly requestId: number;
  /** error-status; of getBulk non-repeaters. */
  readonly status: number;
  /** error-index; of getBulk max-repetitions. */
  readonly index: number;
  readonly bindings: readonly Binding[];
}

/** More in one request is refused as malformed: each is looked up. */
export const MOST_BINDINGS = 512;

const TYPE_OF = new Map(Object.entries(PDU).map(([type, tag]) => [tag as number, type as PduType]));

/** The PDU that comes next; throws Malformed. */
export function readPdu(reader: Reader): Pdu {
  const tag = reader.peek();
  const type = tag === null ? undefined : TYPE_OF.get(tag);
  if (tag === null || type === undefined) throw new Malformed(`no PDU of SNMPv2 (tag ${tag})`);
  const inside = reader.inside(tag);
  const requestId = inside.integer();
  const status = inside.integer();
  const index = inside.integer();
  const list = inside.inside();
  const bindings: Binding[] = [];
  while (!list.done) {
    if (bindings.length === MOST_BINDINGS) throw new Malformed(`more than ${MOST_BINDINGS} variables`);
    const binding = list.inside();
    bindings.push({ oid: binding.oid(), value: readValue(binding) });
  }
  return { type, requestId, status, index, bindings };
}

function readValue(reader: Reader): WireValue {
  const tag = reader.peek();
  switch (tag) {
    case TAG.integer:
      return { type: 'integer', value: reader.integer() };
    case VALUE.octets:
      return { type: 'octets', value: Buffer.from(reader.octets()) };
    case VALUE.oid:
      return { type: 'oid', value: reader.oid() };
    case VALUE.counter32:
      return { type: 'counter32', value: reader.unsigned(tag) };
    case VALUE.gauge:
      return { type: 'gauge', value: reader.unsigned(tag) };
    case VALUE.ticks:
      return { type: 'ticks', value: reader.unsigned(tag) };
    case COUNTER64:
      return { type: 'counter64', value: reader.unsigned64(tag) };
    case VALUE.address:
    case OPAQUE:
      return { type: tag === OPAQUE ? 'opaque' : 'address', value: Buffer.from(reader.content(tag)) };
    case PLACEHOLDER.null:
    case PLACEHOLDER.noSuchObject:
    case PLACEHOLDER.noSuchInstance:
    case PLACEHOLDER.endOfMibView:
      reader.content(tag);
      return {
        type: (Object.keys(PLACEHOLDER) as (keyof typeof PLACEHOLDER)[]).find((key) => PLACEHOLDER[key] === tag)!,
      };
    default:
      throw new Malformed(`a value of unknown type (tag ${tag})`);
  }
}

export function encodePdu({ type, requestId, status, index, bindings }: Pdu): Buffer {
  const list = sequence(...bindings.map(encodeBinding));
  return element(PDU[type], integer(requestId), integer(status), integer(index), list);
}

export function encodeBinding({ oid: name, value }: Binding): Buffer {
  return sequence(oid(name), encodeValue(value));
}

function encodeValue(value: WireValue): Buffer {
  switch (value.type) {
    case 'integer':
      return integer(value.value);
    case 'octets':
      return octets(value.value);
    case 'oid':
      return oid(value.value);
    case 'counter32':
    case 'gauge':
    case 'ticks':
      return integer(value.value, VALUE[value.type]);
    case 'counter64':
      return integer(value.value, COUNTER64);
    case 'address':
      return element(VALUE.address, value.value);
    case 'opaque':
      return element(OPAQUE, value.value);
    default:
      return element(PLACEHOLDER[value.type]);
  }
}
