/** What the helper does for sessions: their rules, their captures and their commands. */
import { readFileSync } from 'node:fs';
import type { SessionAnswer, SessionRequest } from '../../core/session-link.ts';
import type { Hands } from '../bypass/control.ts';
import { createCaptures } from './captures.ts';
import { createCommands } from './commands.ts';
import { createFilter } from './filter.ts';
import { createMark } from './mark.ts';
import type { SessionGround } from './rules.ts';

export interface SessionWork {
  /** What the configuration says now; null: no manager, so nobody who has sessions. Resolves when it is in effect. */
  plan(ground: SessionGround | null): Promise<void>;
  perform(request: SessionRequest): Promise<SessionAnswer>;
  /** Takes away the rules, and ends what runs. */
  undo(): Promise<void>;
}

export interface SessionWorkParts {
  /** The run directory. */
  readonly run: string;
  readonly hands: Pick<Hands, 'run'>;
}

export function createSessionWork({ run, hands }: SessionWorkParts): SessionWork {
  const filter = createFilter({ run: hands.run, isThere, mark: createMark(run) });
  const captures = createCaptures({ file: `${run}/helper-captures.json`, isThere });
  const commands = createCommands(`${run}/helper-commands.json`);
  let ground: SessionGround | null = null;

  return {
    async plan(next) {
      ground = next;
      if (next === null) await Promise.all([captures.stopAll(), commands.stopAll()]);
      await filter.plan(next);
    },
    async perform(request) {
      switch (request.kind) {
        case 'filter.stage':
        case 'filter.apply':
        case 'filter.look':
          return filter.perform(request);
        case 'feature.list':
          return { ok: true, text: '', running: [...captures.running(), ...commands.running()] };
        case 'feature.stop': {
          captures.stop(request.session);
          return commands.stop(request.session, request.why);
        }
        case 'feature.capture':
          return ground === null ? NO_GROUND : captures.start(request, ground);
        case 'feature.command':
          return ground === null ? NO_GROUND : commands.start(request, ground.commands);
      }
    },
    async undo() {
      await Promise.all([captures.stopAll(), commands.stopAll()]);
      await filter.undo();
    },
  };
}

/** Of this network namespace; /sys may show another's. */
function isThere(port: string): boolean {
  try {
    return readFileSync('/proc/net/dev', 'utf8')
      .split('\n')
      .some((line) => line.trim().startsWith(`${port}:`));
  } catch {
    return false;
  }
}

const NO_GROUND: SessionAnswer = { ok: false, text: 'the configuration has no manager, and so no sessions' };
