/** Cuts a byte stream into lines. */

/** Feeds chunks, gives whole lines without their end; `false` once a line is longer than `longest` bytes: the stream is to be closed then. */
export function createLines(longest: number, onLine: (line: string) => void): (chunk: Buffer) => boolean {
  let rest: Buffer[] = [];
  let size = 0;
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10, from); end >= 0; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, end)]);
      if (line.length > longest) return false;
      rest = [];
      size = 0;
      from = end + 1;
      onLine(line.toString('utf8'));
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      size += chunk.length - from;
    }
    return size <= longest;
  };
}
