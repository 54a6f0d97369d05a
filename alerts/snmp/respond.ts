/** What an agent answers to a PDU out of a view (RFC 3416 section 4.2): pure, and bounded in size and in work whatever is asked. */
import type { MibView } from '../mib/view.ts';
import { ERROR, encodeBinding } from './pdu.ts';
import type { Binding, Pdu } from './pdu.ts';

/** Most variables in the answer to one getBulk; walks ask for 10 to 100. */
const MOST_IN_BULK = 1000;
/** What an answer needs beside its variables, generously: header, security parameters, PDU. */
const ENVELOPE = 200;

/**
 * The response; null where the PDU is no request. `largest`: bytes that the message may have; `bulk`: up to where getBulk fills it (a walk gets the rest
 * with its next question).
 */
export function respond(
  view: MibView,
  pdu: Pdu,
  size: { readonly largest: number; readonly bulk: number },
): Pdu | null {
  switch (pdu.type) {
    case 'get':
      return fitting(
        pdu,
        pdu.bindings.map((binding) => get(view, binding)),
        size.largest,
      );
    case 'getNext':
      return fitting(
        pdu,
        pdu.bindings.map((binding) => next(view, binding)),
        size.largest,
      );
    case 'getBulk':
      return answer(pdu, bulk(view, pdu, Math.min(size.largest, size.bulk) - ENVELOPE));
    case 'set':
      // Nothing can be written, whatever it is (RFC 3416 section 4.2.5, rules 2 and 5).
      return { ...answer(pdu, pdu.bindings), status: ERROR.notWritable, index: pdu.bindings.length === 0 ? 0 : 1 };
    default:
      return null;
  }
}

export function answer({ requestId }: Pdu, bindings: readonly Binding[]): Pdu {
  return { type: 'response', requestId, status: ERROR.noError, index: 0, bindings };
}

/** All, or none with tooBig. */
function fitting(pdu: Pdu, bindings: readonly Binding[], largest: number): Pdu {
  const bytes = bindings.reduce((sum, binding) => sum + encodeBinding(binding).length, ENVELOPE);
  return bytes <= largest ? answer(pdu, bindings) : { ...answer(pdu, []), status: ERROR.tooBig };
}

function get(view: MibView, { oid }: Binding): Binding {
  const value = view.get(oid);
  return { oid, value: typeof value === 'string' ? { type: value } : value };
}

function next(view: MibView, { oid }: Binding): Binding {
  return view.next(oid) ?? { oid, value: { type: 'endOfMibView' } };
}

function bulk(view: MibView, { status, index, bindings }: Pdu, room: number): Binding[] {
  const nonRepeaters = Math.min(Math.max(status, 0), bindings.length);
  const repetitions = Math.max(index, 0);
  const found: Binding[] = [];
  let bytes = 0;
  const add = (binding: Binding): boolean => {
    bytes += encodeBinding(binding).length;
    // At least one, or a walk would not go on.
    if ((bytes > room && found.length > 0) || found.length === MOST_IN_BULK) return false;
    found.push(binding);
    return true;
  };
  for (const binding of bindings.slice(0, nonRepeaters)) if (!add(next(view, binding))) return found;
  let row = bindings.slice(nonRepeaters);
  for (let i = 0; i < repetitions && row.length > 0; i++) {
    row = row.map((binding) => (binding.value.type === 'endOfMibView' ? binding : next(view, binding)));
    for (const binding of row) if (!add(binding)) return found;
    // A row that is nothing but ends may be the last (section 4.2.3).
    if (row.every(({ value }) => value.type === 'endOfMibView')) return found;
  }
  return found;
}
