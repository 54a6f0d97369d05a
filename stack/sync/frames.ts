/**
 * What two instances say to each other about the store, as bytes within TLS. Both ends hold the stack's key; what comes is bounded and checked all the
 * same, as the other end may be of another version, or wrong.
 *
 *    0       4      5
 *   +-------+------+-----------------------
 *   | length| kind | as the kind says
 *   +-------+------+-----------------------
 *
 * `length` counts what follows it. Numbers are big-endian.
 */
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { readHello } from './hello.ts';
import type { Hello } from './hello.ts';

export type Frame =
  /** The first of each side. */
  | { readonly kind: 'hello'; readonly hello: Hello }
  /** What the sender has on disk (a state vector): the other one answers with what it lacks. */
  | { readonly kind: 'vector'; readonly bytes: Uint8Array }
  /** `answers`: it is the answer to a vector, and not only news. */
  | { readonly kind: 'update'; readonly seq: number; readonly answers: boolean; readonly bytes: Uint8Array }
  /** Every update up to this one is on disk. */
  | { readonly kind: 'ack'; readonly seq: number }
  /** There is more here: send your vector. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'ping' }
  /** Why the connection is closed now, in a word. */
  | { readonly kind: 'bye'; readonly why: string };

type Kind = Frame['kind'];

const LENGTH_BYTES = 4;
const HEAD_BYTES = LENGTH_BYTES + 1;
/** No connection lasts until these run out. */
const SEQ_BYTES = 6;

/** Number on the wire, and the bounds of what follows it, bytes. */
const KINDS: Readonly<Record<Kind, { readonly code: number; readonly least: number; readonly most: number }>> = {
  hello: { code: 1, least: 2, most: 1024 },
  vector: { code: 2, least: 1, most: 4 * 1024 * 1024 },
  // All of a large store, for an instance that has nothing.
  update: { code: 3, least: SEQ_BYTES + 2, most: 256 * 1024 * 1024 },
  ack: { code: 4, least: SEQ_BYTES, most: SEQ_BYTES },
  ask: { code: 5, least: 0, most: 0 },
  ping: { code: 6, least: 0, most: 0 },
  bye: { code: 7, least: 0, most: 64 },
};
const BY_CODE = new Map(Object.entries(KINDS).map(([kind, { code }]) => [code, kind as Kind]));
export const LARGEST_UPDATE = KINDS.update.most - SEQ_BYTES - 1;

/** Head and body apart: a large update is not copied. */
export function encodeFrame(frame: Frame): readonly Uint8Array[] {
  const body = bodyOf(frame);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(1 + body.reduce((sum, { byteLength }) => sum + byteLength, 0));
  head.writeUInt8(KINDS[frame.kind].code, LENGTH_BYTES);
  return [head, ...body];
}

function bodyOf(frame: Frame): readonly Uint8Array[] {
  switch (frame.kind) {
    case 'hello':
      return [Buffer.from(JSON.stringify(frame.hello))];
    case 'vector':
      return [frame.bytes];
    case 'update': {
      const head = Buffer.alloc(SEQ_BYTES + 1);
      head.writeUIntBE(frame.seq, 0, SEQ_BYTES);
      head.writeUInt8(frame.answers ? 1 : 0, SEQ_BYTES);
      return [head, frame.bytes];
    }
    case 'ack': {
      const seq = Buffer.alloc(SEQ_BYTES);
      seq.writeUIntBE(frame.seq, 0, SEQ_BYTES);
      return [seq];
    }
    case 'ask':
    case 'ping':
      return [];
    case 'bye':
      return [Buffer.from(frame.why)];
  }
}

export interface FrameReader {
  /** The frames that end in this chunk, in order. An error: the stream makes no sense from here on. */
  push(chunk: Uint8Array): Result<readonly Frame[], string>;
}

/** The first frame has to be a hello: whoever says nothing sensible gets no memory. */
export function createFrameReader(): FrameReader {
  let chunks: Uint8Array[] = [];
  let size = 0;
  let body: { readonly kind: Kind; readonly length: number } | null = null;
  let greeted = false;

  function take(length: number): Uint8Array {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    size -= length;
    chunks = size === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }

  return {
    push(chunk) {
      if (chunk.byteLength > 0) chunks.push(chunk);
      size += chunk.byteLength;
      const frames: Frame[] = [];
      for (;;) {
        if (body === null) {
          if (size < HEAD_BYTES) return ok(frames);
          const head = readHead(take(HEAD_BYTES));
          if (!head.ok) return head;
          if (!greeted && head.value.kind !== 'hello') return fail(`began with ${head.value.kind} instead of a hello`);
          greeted = true;
          body = head.value;
        }
        if (size < body.length) return ok(frames);
        const frame = readBody(body.kind, take(body.length));
        if (!frame.ok) return frame;
        body = null;
        frames.push(frame.value);
      }
    },
  };
}

function readHead(bytes: Uint8Array): Result<{ readonly kind: Kind; readonly length: number }, string> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const code = view.readUInt8(LENGTH_BYTES);
  const kind = BY_CODE.get(code);
  if (kind === undefined) return fail(`frame of the unknown kind ${code}`);
  const length = view.readUInt32BE() - 1;
  const { least, most } = KINDS[kind];
  if (length < least || length > most) return fail(`${kind} of ${length} bytes: expected ${least} to ${most}`);
  return ok({ kind, length });
}

function readBody(kind: Kind, bytes: Uint8Array): Result<Frame, string> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (kind) {
    case 'hello': {
      const hello = readHello(view.toString('utf8'));
      return hello === null ? fail('a hello that is none') : ok({ kind, hello });
    }
    case 'vector':
      return ok({ kind, bytes });
    case 'update': {
      const answers = view.readUInt8(SEQ_BYTES) === 1;
      return ok({ kind, seq: view.readUIntBE(0, SEQ_BYTES), answers, bytes: bytes.subarray(SEQ_BYTES + 1) });
    }
    case 'ack':
      return ok({ kind, seq: view.readUIntBE(0, SEQ_BYTES) });
    case 'ask':
    case 'ping':
      return ok({ kind });
    case 'bye':
      return ok({ kind, why: view.toString('latin1').replaceAll(/[^ -~]/g, '?') });
  }
}
