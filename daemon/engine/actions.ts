/** What a person asks for, as facts for the brain (design section 7). The answer is an id; how it ended comes as an event with that id. */
import { randomUUID } from 'node:crypto';
import type { ActionAnswer, ActionRequest } from '../../core/action.ts';
import type { EventBody } from '../../core/event.ts';
import type { Fact } from '../brain/fact.ts';

export interface ActionsDeps {
  readonly fact: (fact: Fact) => void;
  readonly onEvent: (body: EventBody) => void;
  /** Read the configuration again: the guardian does it. */
  readonly reload: (actionId: string) => void;
}

export function createActions({ fact, onEvent, reload }: ActionsDeps): (request: ActionRequest) => ActionAnswer {
  return (request) => {
    const actionId = randomUUID();
    const { by } = request;
    const reason = { code: 'actionAccepted', action: `${wordsOf(request)} by ${by}` } as const;
    onEvent({ kind: 'action', severity: 'info', reason, actionId });
    switch (request.action) {
      case 'switchover': {
        const { to, hold, force } = request;
        fact({ kind: 'switchover', actionId, by, to, hold, force });
        break;
      }
      case 'releaseHold':
        fact({ kind: 'releaseHold', actionId, by });
        break;
      case 'maintenance':
        fact(
          request.on
            ? {
                kind: 'maintenance',
                actionId,
                by,
                on: true,
                forMs: request.forMs,
                untilReboot: request.untilReboot,
                force: request.force,
              }
            : { kind: 'maintenance', actionId, by, on: false, forMs: null, untilReboot: false, force: false },
        );
        break;
      case 'bypass':
        fact({ kind: 'bypass', actionId, by, engage: request.engage });
        break;
      case 'flapsReset':
        fact({ kind: 'flapsReset', actionId, by });
        break;
      case 'reload':
        reload(actionId);
        break;
    }
    return { actionId };
  };
}

function wordsOf(request: ActionRequest): string {
  switch (request.action) {
    case 'switchover':
      return request.to === null ? 'switchover' : `switchover to ${request.to}`;
    case 'maintenance':
      return `maintenance ${request.on ? 'on' : 'off'}`;
    case 'bypass':
      return `bypass ${request.engage ? 'engage' : 'release'}`;
    case 'flapsReset':
      return 'flaps reset';
    case 'releaseHold':
      return 'release of the hold';
    default:
      return request.action;
  }
}
