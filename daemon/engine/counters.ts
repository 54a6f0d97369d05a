/** The counters of a virtual router, from zero. */
import type { RouterCounters } from '../../core/status.ts';

export function newCounters(): RouterCounters {
  return {
    activeTransitions: 0,
    advertsSent: 0,
    advertsReceived: 0,
    advertIntervalErrors: 0,
    ipTtlErrors: 0,
    priorityZeroReceived: 0,
    priorityZeroSent: 0,
    invalidTypeReceived: 0,
    addressListErrors: 0,
    packetLengthErrors: 0,
    checksumErrors: 0,
    versionErrors: 0,
    authErrors: 0,
    unknownSource: 0,
    ownSource: 0,
    familyErrors: 0,
    losingAdvertsAnswered: 0,
    sendErrors: 0,
    announcementsSent: 0,
    addressesRestored: 0,
  };
}
