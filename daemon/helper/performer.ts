/** Does what is asked of the helper, whichever part it is for, and gives back at the end what was made and not taken away again. */
import { readFileSync } from 'node:fs';
import type { BypassControl } from '../bypass/control.ts';
import type { SessionWork } from '../sessions/work.ts';
import type { Checks } from './checks.ts';
import type { Parents } from './parents.ts';
import type { ToHelper } from './plan-message.ts';
import type { HelperAnswer, HelperRequest } from './protocol.ts';
import { runWork } from './runner.ts';
import { undoOf, workOf } from './work.ts';
import type { PlainRequest } from './work.ts';

export interface Performer {
  perform(request: HelperRequest): Promise<HelperAnswer>;
  /** The guardian said something. Resolves when it is in effect. */
  told(message: ToHelper): Promise<void>;
  /** Takes away macvlans and rules, and what runs for sessions. A bypass stays as it is: traffic may depend on it exactly because this ends. */
  undo(): Promise<void>;
}

export interface PerformerParts {
  readonly bypass: BypassControl;
  readonly checks: Checks;
  readonly parents: Parents;
  readonly sessions: SessionWork;
}

export function createPerformer({ bypass, checks, parents, sessions }: PerformerParts): Performer {
  /** What was made and not taken away again. */
  const made = new Map<string, PlainRequest>();

  function perform(request: HelperRequest): Promise<HelperAnswer> {
    switch (request.kind) {
      case 'bypass.set':
        return bypass.set(request.position);
      case 'bypass.read':
        return bypass.read();
      case 'bypass.watchdog':
        return bypass.watchdog(request.armed);
      case 'track.check':
        return checks.check(request.name);
      case 'filter.stage':
      case 'filter.apply':
      case 'filter.look':
      case 'feature.capture':
      case 'feature.command':
      case 'feature.stop':
      case 'feature.list':
        return sessions.perform(request);
      default:
        return performPlain(request);
    }
  }

  async function performPlain(request: PlainRequest): Promise<HelperAnswer> {
    if (request.kind === 'macvlan.create' || request.kind === 'interface.sysctls')
      parents.take(request.parent, request.name);
    const answer = await runWork(workOf(request, allRpFilter()));
    if (request.kind === 'macvlan.remove') parents.release(request.name);
    const undo = undoOf(request);
    if (undo !== null) {
      if (undo.undo === null) made.delete(undo.key);
      else made.set(undo.key, undo.undo);
    }
    return answer;
  }

  return {
    perform,
    async told(message) {
      if (message.kind === 'alive') return bypass.alive();
      checks.plan(message.tracks);
      await sessions.plan(message.sessions);
      await bypass.plan({ instance: message.instance, plan: message.bypass, pairs: message.pairs });
    },
    async undo() {
      for (const request of made.values()) await performPlain(request);
      await sessions.undo();
    },
  };
}

function allRpFilter(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', 'utf8'));
  } catch {
    return 0;
  }
}
