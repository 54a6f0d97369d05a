/** How the capture program tells what it read. */

/** Bytes before each frame: its length (4), the time in ms on the lab's clock (8). Little-endian. */
export const CAPTURE_HEADER = 12;

export interface Captured {
  readonly at: number;
  readonly frame: Buffer;
}

/** Splits a stream of records; what is left of an unfinished one is kept for the next part. */
export class CaptureReader {
  #rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): readonly Captured[] {
    let rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const found: Captured[] = [];
    while (rest.length >= CAPTURE_HEADER) {
      const end = CAPTURE_HEADER + rest.readUInt32LE(0);
      if (rest.length < end) break;
      found.push({ at: rest.readDoubleLE(4), frame: rest.subarray(CAPTURE_HEADER, end) });
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return found;
  }
}
