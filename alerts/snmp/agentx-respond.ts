/** What a subagent answers to its master out of a view (RFC 2741 section 7.2): pure. */
import { compareOids } from '../mib/oid.ts';
import type { MibView } from '../mib/view.ts';
import { AGENTX, PayloadReader, encodeResponse, encodeVarbind } from './agentx-codec.ts';
import type { Header, SearchRange } from './agentx-codec.ts';
import { ERROR } from './pdu.ts';
import type { Binding } from './pdu.ts';

/** Bounds of one getBulk, whatever the master asks. */
const MOST_IN_BULK = 1000;
const MOST_BYTES = 65_536;

/** Payload of the response; null where none is sent. Throws Malformed. */
export function respondAgentX(view: MibView, header: Header, payload: Buffer): Buffer | null {
  const reader = new PayloadReader(payload, header);
  switch (header.type) {
    case AGENTX.get:
      return encodeResponse(
        ERROR.noError,
        0,
        reader.ranges().map((range) => get(view, range)),
      );
    case AGENTX.getNext:
      return encodeResponse(
        ERROR.noError,
        0,
        reader.ranges().map((range) => next(view, range)),
      );
    case AGENTX.getBulk: {
      const nonRepeaters = reader.short();
      const repetitions = reader.short();
      return encodeResponse(ERROR.noError, 0, bulk(view, reader.ranges(), nonRepeaters, repetitions));
    }
    case AGENTX.testSet:
      return encodeResponse(ERROR.notWritable, 1, []);
    case AGENTX.commitSet:
    case AGENTX.undoSet:
      // They follow a test that passed, and none does: there is nothing to do.
      return encodeResponse(ERROR.noError, 0, []);
    case AGENTX.cleanupSet:
      return null;
    default:
      return encodeResponse(ERROR.genErr, 0, []);
  }
}

function get(view: MibView, { start }: SearchRange): Binding {
  const value = view.get(start);
  return { oid: start, value: typeof value === 'string' ? { type: value } : value };
}

function next(view: MibView, { start, included, end }: SearchRange): Binding {
  const found = view.next(start, included);
  return found === null || (end.length > 0 && compareOids(found.oid, end) >= 0)
    ? { oid: start, value: { type: 'endOfMibView' } }
    : found;
}

function bulk(view: MibView, ranges: readonly SearchRange[], nonRepeaters: number, repetitions: number): Binding[] {
  const found = ranges.slice(0, nonRepeaters).map((range) => next(view, range));
  const ends = ranges.slice(nonRepeaters);
  let row = ends;
  let size = 0;
  for (let i = 0; i < repetitions && row.length > 0; i++) {
    const values = row.map((range) => next(view, range));
    size += values.reduce((sum, binding) => sum + encodeVarbind(binding).length, 0);
    // Whole rows only: the master counts them (section 7.2.3.3). The first always.
    if (i > 0 && (size > MOST_BYTES || found.length + values.length > MOST_IN_BULK)) break;
    found.push(...values);
    if (values.every(({ value }) => value.type === 'endOfMibView')) break;
    row = values.map(({ oid }, at) => ({ start: oid, included: false, end: ends[at]!.end }));
  }
  return found;
}
