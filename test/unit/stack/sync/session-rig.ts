/** Two sessions and the cable between them, with stores that are sets of numbers: everything happens when the test says so. */
import type { Frame } from '../../../../stack/sync/frames.ts';
import type { Hello } from '../../../../stack/sync/hello.ts';
import { NEW_SESSION, sessionStep } from '../../../../stack/sync/session.ts';
import type { SessionEffect, SessionInput, SessionState } from '../../../../stack/sync/session.ts';

const bytesOf = (numbers: Iterable<number>): Uint8Array => Buffer.from(JSON.stringify([...numbers]));
const numbersOf = (bytes: Uint8Array): readonly number[] =>
  JSON.parse(Buffer.from(bytes).toString()) as readonly number[];

export const helloOf = (instance: string): Hello => ({
  versions: [1],
  stack: 'edge',
  instance,
  replica: `${instance}~0000000${instance}`,
  boot: '0123456789abcdef',
});

export interface End {
  readonly state: SessionState;
  readonly numbers: ReadonlySet<number>;
  /** Everything that it did but sending, as words. */
  readonly did: string[];
  /** What is on the way to the other, and what its store has been asked for and not yet answered. */
  readonly sent: Frame[];
  put(input: SessionInput): void;
  write(number: number): void;
  /** The store answers the oldest question. */
  work(): boolean;
}

export function createEnd(name: string, peer: string): End {
  const numbers = new Set<number>();
  const jobs: (() => void)[] = [];
  const did: string[] = [];
  const sent: Frame[] = [];
  let state = NEW_SESSION;

  function put(input: SessionInput): void {
    const result = sessionStep(state, input, { own: helloOf(name), peer });
    state = result.state;
    for (const effect of result.effects) perform(effect);
  }

  function perform(effect: SessionEffect): void {
    switch (effect.do) {
      case 'send':
        return void sent.push(effect.frame);
      case 'readVector':
        return void jobs.push(() => put({ kind: 'vectorRead', bytes: bytesOf(numbers) }));
      case 'readDiff': {
        const known = new Set(numbersOf(effect.vector));
        return void jobs.push(() =>
          put({ kind: 'diffRead', bytes: bytesOf([...numbers].filter((one) => !known.has(one))) }),
        );
      }
      case 'apply':
        return void jobs.push(() => {
          for (const one of numbersOf(effect.bytes)) numbers.add(one);
          put({ kind: 'applied', seq: effect.seq, waiting: false });
        });
      case 'synced':
        return void did.push(effect.synced ? 'synced' : 'not synced');
      case 'drop':
        return void did.push(`drop ${effect.why}: ${effect.detail}`);
      case 'greeted':
      case 'acked':
        return void did.push(effect.do);
    }
  }

  return {
    get state() {
      return state;
    },
    numbers,
    did,
    sent,
    put,
    write(number) {
      numbers.add(number);
      put({ kind: 'update', bytes: bytesOf([number]) });
    },
    work() {
      const job = jobs.shift();
      job?.();
      return job !== undefined;
    },
  };
}

/** The oldest frame of `from` arrives. */
export function deliver(from: End, to: End): boolean {
  const frame = from.sent.shift();
  if (frame === undefined) return false;
  to.put({ kind: 'heard' });
  to.put({ kind: 'frame', frame });
  return true;
}

/** Until nothing is on the way and no store has anything to do. */
export function settle(a: End, b: End): void {
  while ([deliver(a, b), deliver(b, a), a.work(), b.work()].some(Boolean)) continue;
}
