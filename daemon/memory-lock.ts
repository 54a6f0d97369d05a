/**
 * Which memory a Node process may lock: programs, libraries, their data, the C heap and the stack, but not V8's heap.
 *
 * V8 gives pages back with madvise(MADV_DONTNEED). The kernel refuses that on locked memory, and V8 then ends the process ("Check failed: 0 == ret").
 * With mlockall this was seen on Node 20 and 22 when compiled functions were thrown away, when an idle process shrank its young generation
 * (after some seconds), and at every orderly end. So a daemon that calls mlockall crashes sooner or later. What the kernel takes first under
 * memory pressure are pages of files, programs among them, swap or no swap: those are locked. Swapping of the rest is ruled out from outside, by
 * `MemorySwapMax=0` in the unit.
 */

/** A piece of address space, end exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ +(\S.*)$/;

/** The ranges to lock, from the text of /proc/self/maps: every mapping with a name that is a file's, the C heap's or the stack's. */
export function lockable(maps: string): readonly Range[] {
  const ranges: { from: number; to: number }[] = [];
  for (const line of maps.split('\n')) {
    const [, from, to, permissions, name] = LINE.exec(line) ?? [];
    if (from === undefined || to === undefined || name === undefined) continue;
    if (!name.startsWith('/') && name !== '[heap]' && name !== '[stack]') continue;
    // Reserved without access: nothing can be there.
    if (permissions?.startsWith('---') !== false) continue;
    const range = { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) };
    const last = ranges.at(-1);
    if (last?.to === range.from) last.to = range.to;
    else ranges.push(range);
  }
  return ranges;
}

const HEAD = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+ *(.*)$/;
/** Smaller ones are not worth a call. */
const WORTH = 256 * 1024;

/**
 * The ranges whose pages may be given back to the page cache, from the text of /proc/self/smaps: programs and their constants, mapped from files
 * and never written to. What is read there again comes back from the cache without a disk.
 */
export function releasable(smaps: string): readonly Range[] {
  const ranges: Range[] = [];
  let candidate: Range | null = null;
  for (const line of smaps.split('\n')) {
    const [head, from, to, permissions, name] = HEAD.exec(line) ?? [];
    if (head !== undefined && from !== undefined && to !== undefined) {
      const range = { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16) };
      const fits = name?.startsWith('/') === true && permissions?.startsWith('r-') === true;
      candidate = fits && range.to - range.from >= WORTH ? range : null;
      continue;
    }
    // Pages that are ours alone (relocated constants, for one) would come back as they are in the file.
    const [, anonymous] = /^Anonymous: +(\d+) kB$/.exec(line) ?? [];
    if (anonymous === undefined || candidate === null) continue;
    if (anonymous === '0') ranges.push(candidate);
    candidate = null;
  }
  return ranges;
}
