/** The routers that the guardian holds for a dead engine (brain 6.3), and when each says so. Pure. */
import { NEVER, later } from '../../core/clock.ts';
import type { Instant, Ms } from '../../core/clock.ts';
import type { WillRouter } from '../channel.ts';
import { rankOf } from './another.ts';
import type { Rank } from './another.ts';

/** One losing advert is answered in this time: a flood is not given back. */
export const ANSWER_GAP: Ms = 10;

/** A router that is held. */
export interface Voice {
  readonly router: WillRouter;
  /** What our advert claims: who is better is given in to. */
  readonly rank: Rank;
  readonly saidAt: Instant;
  /** Of the next advert; never in mode off. */
  readonly nextAt: Instant;
}

export type Holding = readonly Voice[];

export const NOBODY: Holding = [];

/** Everything is due at once: how long the last advert of the dead engine is ago is not known. */
export function beginHolding(routers: readonly WillRouter[], now: Instant): Holding {
  return routers.map((router) => ({
    router,
    rank: rankOf(router),
    saidAt: -Infinity as Instant,
    nextAt: router.adverts.length > 0 ? now : NEVER,
  }));
}

/** The routers whose advert is due, and when they are next: at even intervals, without making up for what was missed. */
export function dueAdverts(holding: Holding, now: Instant): { holding: Holding; say: readonly WillRouter[] } {
  const say: WillRouter[] = [];
  const moved = holding.map((voice) => {
    if (now < voice.nextAt) return voice;
    say.push(voice.router);
    const interval = Math.max(1, voice.router.advertIntervalMs);
    const even = later(voice.nextAt, interval);
    return { ...voice, saidAt: now, nextAt: even > now ? even : later(now, interval) };
  });
  return { holding: moved, say };
}

/** A losing advert was heard: a live active answers it at once, so that whoever called stays quiet (brain 4.3). */
export function answer(holding: Holding, router: WillRouter, now: Instant): { holding: Holding; say: boolean } {
  const voice = voiceOf(holding, router);
  if (voice === null || router.adverts.length === 0 || now - voice.saidAt < ANSWER_GAP) return { holding, say: false };
  return { holding: holding.map((one) => (one === voice ? { ...one, saidAt: now } : one)), say: true };
}

export function voiceOf(holding: Holding, router: WillRouter): Voice | null {
  return holding.find((voice) => voice.router === router) ?? null;
}

export function without(holding: Holding, router: WillRouter): Holding {
  return holding.filter((voice) => voice.router !== router);
}

export function nextAdvert(holding: Holding): Instant {
  return holding.reduce<Instant>((first, voice) => (voice.nextAt < first ? voice.nextAt : first), NEVER);
}
