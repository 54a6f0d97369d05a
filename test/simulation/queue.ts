/** What will happen, by time; equal times in the order of their insertion, so that a run is the same every time. */
export interface Queue<T> {
  push(at: number, item: T): void;
  peek(): number;
  pop(): T | null;
}

export function createQueue<T>(): Queue<T> {
  const heap: { at: number; order: number; item: T }[] = [];
  let order = 0;
  const before = (a: number, b: number): boolean => {
    const x = heap[a]!;
    const y = heap[b]!;
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  };
  const swap = (a: number, b: number): void => {
    const x = heap[a]!;
    heap[a] = heap[b]!;
    heap[b] = x;
  };
  return {
    push(at, item) {
      heap.push({ at, order: order++, item });
      for (let n = heap.length - 1; n > 0;) {
        const parent = (n - 1) >> 1;
        if (!before(n, parent)) break;
        swap(n, parent);
        n = parent;
      }
    },
    peek: () => heap[0]?.at ?? Number.POSITIVE_INFINITY,
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length === 0) return first.item;
      heap[0] = last;
      for (let n = 0; ;) {
        let least = n;
        for (const child of [2 * n + 1, 2 * n + 2]) if (child < heap.length && before(child, least)) least = child;
        if (least === n) return first.item;
        swap(n, least);
        n = least;
      }
    },
  };
}
