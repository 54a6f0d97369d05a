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
