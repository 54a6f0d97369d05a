/**
 * One check of a track, as the helper does it: ordinary scheduling, and it may wait for names, disks and programs. It says good or bad;
 * what that means is counted in tracks.ts.
 */
import type { TrackTarget } from '../../config/plan.ts';
import { checkFile } from './file.ts';
import { checkHttp } from './http.ts';
import type { CheckOutcome } from './outcome.ts';
import { bad, messageOf } from './outcome.ts';
import { checkPing } from './ping.ts';
import { checkProcess } from './process.ts';
import { NO_RESOURCE_STATE, checkResource } from './resource.ts';
import type { ResourceState, ResourceTarget } from './resource.ts';
import { checkScript } from './script.ts';
import { checkTcp } from './tcp.ts';

/** What the checks of resources remember, by target. */
export type CheckMemory = Map<string, ResourceState>;

/** Targets that are remembered: after many reloads the oldest are forgotten. */
const MOST_REMEMBERED = 1024;

const ownMemory: CheckMemory = new Map();

/**
 * Checks `target` once. Resolves within `timeoutMs` (a program that does not obey SIGTERM: two seconds later) and never rejects; not to have
 * ended by then is a failure. A check of the same target may be under way at the same time.
 */
export async function performCheck(
  target: TrackTarget,
  timeoutMs: number,
  memory: CheckMemory = ownMemory,
): Promise<CheckOutcome> {
  try {
    return await perform(target, timeoutMs, memory);
  } catch (error) {
    return bad(messageOf(error));
  }
}

function perform(target: TrackTarget, timeoutMs: number, memory: CheckMemory): Promise<CheckOutcome> {
  switch (target.type) {
    case 'ping':
      return checkPing(target.target, timeoutMs);
    case 'tcp':
      return checkTcp(target.target, timeoutMs);
    case 'http':
      return checkHttp(target.target, timeoutMs);
    case 'script':
      return checkScript(target.command, timeoutMs);
    case 'process':
      return checkProcess(target.target, timeoutMs);
    case 'file':
      return checkFile(target.target, timeoutMs);
    case 'resource':
      return checkRemembered(target, timeoutMs, memory);
  }
}

function checkRemembered(target: ResourceTarget, timeoutMs: number, memory: CheckMemory): Promise<CheckOutcome> {
  const key = JSON.stringify(target);
  return checkResource(target, timeoutMs, memory.get(key) ?? NO_RESOURCE_STATE, (state) => {
    // To the end of the map: the oldest is the first.
    memory.delete(key);
    memory.set(key, state);
    for (const oldest of memory.keys()) {
      if (memory.size <= MOST_REMEMBERED) break;
      memory.delete(oldest);
    }
  });
}
