import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createFrameReader, encodeFrame } from '../../../../stack/sync/frames.ts';
import type { Frame } from '../../../../stack/sync/frames.ts';

const HELLO: Frame = {
  kind: 'hello',
  hello: { versions: [1], stack: 'edge', instance: 'a', replica: 'a~00000000', boot: '0123456789abcdef' },
};
const bytes = (...frames: readonly Frame[]): Buffer => Buffer.concat(frames.flatMap(encodeFrame));

/** Frames, or the error, of a stream that comes in pieces. */
function read(stream: Uint8Array, ...cuts: readonly number[]): readonly Frame[] | string {
  const reader = createFrameReader();
  const frames: Frame[] = [];
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  for (let at = 1; at < places.length; at += 1) {
    const some = reader.push(stream.subarray(places[at - 1], places[at]));
    if (!some.ok) return some.error;
    frames.push(...some.value);
  }
  return frames;
}

/** Bytes as plain ones: a view of a buffer is not equal to an array. */
const plain = (frames: readonly Frame[] | string): unknown =>
  typeof frames === 'string'
    ? frames
    : frames.map((frame) => ('bytes' in frame ? { ...frame, bytes: [...frame.bytes] } : frame));

const content = fc.uint8Array({ minLength: 1, maxLength: 300 });
const seq = fc.nat(2 ** 31).map((number) => number * 1000);
const frame: fc.Arbitrary<Frame> = fc.oneof(
  content.map((some): Frame => ({ kind: 'vector', bytes: some })),
  fc
    .tuple(seq, fc.boolean(), content)
    .map(([number, answers, some]): Frame => ({ kind: 'update', seq: number, answers, bytes: some })),
  seq.map((number): Frame => ({ kind: 'ack', seq: number })),
  fc.constantFrom<Frame>({ kind: 'ask' }, { kind: 'ping' }, { kind: 'bye', why: 'stopping' }, { kind: 'bye', why: '' }),
);

describe('frames of the sync', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat(5000), { maxLength: 8 }), (frames, cuts) => {
        assert.deepEqual(plain(read(bytes(HELLO, ...frames), ...cuts)), plain([HELLO, ...frames]));
      }),
    );
  });

  it('never throw, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(1000), { maxLength: 4 }), (garbage, cuts) => {
        read(garbage, ...cuts);
        read(Buffer.concat([bytes(HELLO), garbage]), ...cuts);
      }),
    );
  });

  const head = (length: number, kind: number, ...body: readonly number[]): Buffer => {
    const start = Buffer.alloc(5);
    start.writeUInt32BE(length);
    start.writeUInt8(kind, 4);
    return Buffer.concat([start, Buffer.from(body)]);
  };
  const rejected: readonly (readonly [string, Buffer, RegExp])[] = [
    ['that do not begin with a hello', bytes({ kind: 'ping' }), /began with ping/],
    ['of an unknown kind', head(1, 99), /unknown kind 99/],
    ['without a length', head(0, 1), /hello of -1 bytes/],
    ['longer than a hello may be', head(2000, 1), /hello of 1999 bytes: expected 2 to 1024/],
    ['that are called hello and are none', head(3, 1, 0x7b, 0x7d), /a hello that is none/],
    ['longer than everything may be', Buffer.concat([bytes(HELLO), head(0xffffffff, 3)]), /update of 4294967294 bytes/],
    ['with an acknowledgement of the wrong size', Buffer.concat([bytes(HELLO), head(4, 4, 0, 0, 1)]), /ack of 3 bytes/],
    ['with something after a ping', Buffer.concat([bytes(HELLO), head(2, 6, 1)]), /ping of 1 bytes/],
  ];
  for (const [name, stream, expected] of rejected) {
    it(`are refused ${name}`, () => assert.match(String(read(stream)), expected));
  }

  it('hold back memory until a hello has come', () => {
    // The length of a large update, and nothing of it.
    assert.match(String(read(head(100_000_000, 3))), /began with update/);
  });

  it('show nothing of a farewell that is not text', () => {
    const frames = read(Buffer.concat([bytes(HELLO), head(4, 7, 0x1b, 0x5b, 0x41)]));
    assert.deepEqual(frames, [HELLO, { kind: 'bye', why: '?[A' }]);
  });
});
