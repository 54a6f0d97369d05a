/** What the body of an action asks for: every key is checked, and one that is not known is a mistake. Pure; the error is a sentence. */
import { DEFAULT_HOLD, parseHold, parseStay } from '../../core/action.ts';
import type { ActionRequest } from '../../core/action.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { printable } from './printable.ts';

export type Body = Readonly<Record<string, unknown>>;
type Read = Result<ActionRequest, string>;

/** `{ to, hold, force, by }`, or `{ releaseHold: true, by }`. */
export function readSwitchover(body: Body): Read {
  const { to = null, hold: holdText, force = false, releaseHold = false, ...rest } = body;
  const by = readBy(rest);
  if (!by.ok) return by;
  if (typeof force !== 'boolean') return fail('force must be true or false');
  if (typeof releaseHold !== 'boolean') return fail('releaseHold must be true or false');
  if (to !== null && (typeof to !== 'string' || printable(to) === '')) return fail('to must be the name of a peer');
  if (releaseHold) {
    if (to !== null || holdText !== undefined || force)
      return fail('releaseHold stands alone: without to, hold and force');
    return ok({ action: 'releaseHold', by: by.value });
  }
  const asked = { action: 'switchover', to: to === null ? null : printable(to), force, by: by.value } as const;
  if (holdText === undefined) return ok({ ...asked, hold: DEFAULT_HOLD });
  const hold = typeof holdText === 'string' ? parseHold(holdText) : fail('text');
  return hold.ok ? ok({ ...asked, hold: hold.value }) : fail(`hold must be ${hold.error}`);
}

/** `{ on: true, for, untilReboot, force, by }` or `{ on: false, by }`. */
export function readMaintenance(body: Body): Read {
  const { on, for: forText, untilReboot = false, force = false, ...rest } = body;
  const by = readBy(rest);
  if (!by.ok) return by;
  if (typeof on !== 'boolean') return fail('on must be true or false');
  if (typeof untilReboot !== 'boolean') return fail('untilReboot must be true or false');
  if (typeof force !== 'boolean') return fail('force must be true or false');
  if (!on) {
    if (forText !== undefined || untilReboot || force) return fail('for, untilReboot and force need "on": true');
    return ok({ action: 'maintenance', on, by: by.value });
  }
  const asked = { action: 'maintenance', on, untilReboot, force, by: by.value } as const;
  if (forText === undefined) return ok({ ...asked, forMs: null });
  if (untilReboot) return fail('for and untilReboot exclude each other');
  const forMs = typeof forText === 'string' ? parseStay(forText) : fail('text');
  return forMs.ok ? ok({ ...asked, forMs: forMs.value }) : fail(`for must be ${forMs.error}`);
}

/** `{ engage, by }`. */
export function readBypass({ engage, ...rest }: Body): Read {
  const by = readBy(rest);
  if (!by.ok) return by;
  if (typeof engage !== 'boolean') return fail('engage must be true or false');
  return ok({ action: 'bypass', engage, by: by.value });
}

/** `{ reset: true, by }`. */
export function readFlaps({ reset, ...rest }: Body): Read {
  const by = readBy(rest);
  if (!by.ok) return by;
  return reset === true ? ok({ action: 'flapsReset', by: by.value }) : fail('reset must be true');
}

/** `{ by }`. */
export function readReload(body: Body): Read {
  const by = readBy(body);
  return by.ok ? ok({ action: 'reload', by: by.value }) : by;
}

/** Who asks: text for people, shown in logs, so it is made printable and short. Anything beside it is a mistake. */
function readBy(body: Body): Result<string, string> {
  const { by = 'the API', ...rest } = body;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) return fail(`unknown key '${printable(unknown)}'`);
  if (typeof by !== 'string') return fail('by must be text');
  return ok(printable(by).trim() || 'the API');
}
