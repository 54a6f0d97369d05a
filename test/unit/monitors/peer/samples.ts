/** Reports, keys and envelopes that the tests of the peer checks share. */
import type { HandoverMessage, Report } from '../../../../core/report.ts';
import { deriveKeys } from '../../../../monitors/peer/keys.ts';
import type { CheckKey } from '../../../../monitors/peer/keys.ts';
import type { Envelope, PeerMessage } from '../../../../monitors/peer/state.ts';

export const SECRET = Buffer.alloc(32, 1).toString('base64');
export const OTHER_SECRET = Buffer.alloc(32, 2).toString('base64');
export const [KEY, OTHER_KEY] = deriveKeys([SECRET, OTHER_SECRET]) as readonly [CheckKey, CheckKey];

/** 32 hex digits made of one. */
export const id = (digit: string): string => digit.repeat(32);

export function report(change: Partial<Report> = {}): Report {
  return {
    instance: 'b',
    version: '0.1.0',
    role: 'active',
    reason: { code: 'masterDown', text: 'no advert for wan for 3.61 s' },
    eligible: true,
    faults: [],
    maintenance: false,
    primary: true,
    mode: 'active-passive',
    hash: '0123456789abcdef',
    groups: [
      { name: 'stack', standing: 'active', priority: 200, source: '192.0.2.2', intervalMs: 1000, eligible: true },
    ],
    links: { active: 1, minimum: 1 },
    flaps: { count: 0, max: 6, latched: false },
    bypass: { driver: 'none', state: 'notFitted' },
    bandwidthMove: null,
    others: { c: ['stack'] },
    ...change,
  };
}

export const HANDOVER: HandoverMessage = {
  kind: 'ask',
  id: 'a-1',
  group: 'stack',
  reason: { code: 'switchover', text: 'switched over by ann' },
  purpose: 'switchover',
  holdMs: 600_000,
};

export function envelope(message: PeerMessage, change: Partial<Envelope> = {}): Envelope {
  return { stack: 'edge', from: 'b', to: 'a', boot: id('b'), peerBoot: id('a'), counter: 7, message, ...change };
}

export const REQUEST: PeerMessage = { type: 'request', nonce: id('1'), have: 3 };
