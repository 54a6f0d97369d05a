/** A guardian's life in a test: the pure state machine and a clock that stands until it is moved. */
import { NEVER, later } from '../../../core/clock.ts';
import type { Instant } from '../../../core/clock.ts';
import { INITIAL, YOUNG, due } from '../../../daemon/guardian/life.ts';
import type { Effect, Fact, Lifecycle } from '../../../daemon/guardian/life.ts';
import { step } from '../../../daemon/guardian/lifecycle.ts';

/** A guardian whose clock stands until it is moved. */
export class Story {
  state: Lifecycle = INITIAL;
  now: Instant = later(NEVER, 0);
  readonly told: Effect[] = [];

  constructor() {
    this.now = performance.timeOrigin as Instant;
  }

  /** The effects of one fact, without what is said. */
  fact(fact: Fact): readonly string[] {
    const { state, effects } = step(this.state, fact, this.now);
    this.state = state;
    this.told.push(...effects);
    return effects.filter((effect) => effect.kind !== 'say').map(nameOf);
  }

  after(ms: number): this {
    this.now = later(this.now, ms);
    return this;
  }

  /** Lets time run to the next deadline. */
  wait(): readonly string[] {
    this.now = due(this.state, this.now);
    return this.fact({ kind: 'time' });
  }

  get generation(): number {
    return this.state.generation;
  }

  /** An engine that has run for longer than it is young, unless `young`. */
  running(realtime = true, young = false): this {
    this.fact({ kind: 'start' });
    this.fact({ kind: 'planned', realtime });
    this.after(50).fact({ kind: 'tick', generation: 1 });
    this.fact({ kind: 'ready', generation: 1 });
    if (young) return this;
    for (let ms = 0; ms < YOUNG; ms += 10) this.after(10).tick();
    return this;
  }

  tick(): this {
    this.fact({ kind: 'tick', generation: this.generation });
    return this;
  }

  /** A will that asks to resign for routers that only let go, which is no flap. */
  will(holding = 1, letGoMs = 200): this {
    const { generation } = this;
    this.fact({ kind: 'will', generation, holding, active: false, letGoMs, hold: false });
    return this;
  }

  /** A will of an active router: to be held, or to resign. */
  active(hold: boolean): this {
    const { generation } = this;
    this.fact({ kind: 'will', generation, holding: 1, active: true, letGoMs: 200, hold });
    return this;
  }

  dies(text = 'the engine was ended by SIGKILL'): readonly string[] {
    const { generation } = this;
    return [...this.fact({ kind: 'exited', generation, text }), ...this.fact({ kind: 'closed', generation })];
  }
}

function nameOf(effect: Effect): string {
  if ('generation' in effect) return `${effect.kind} ${effect.generation}`;
  return effect.kind === 'finish' ? `finish ${effect.code}` : effect.kind;
}
