/**
 * What an operator was told is not lost (brain 12): an action that changes what must survive takes effect at once, and is told as done when the
 * guardian has it on the disk.
 */
import { type Instant, type Ms, NEVER, later } from '../../core/clock.ts';
import { type Turn, say } from './draft.ts';
import { refuse } from './action-end.ts';
import type { Instance, Unsaved } from './state.ts';

/** A disk that takes longer has a trouble that its user should hear of. */
const SAVING_MS: Ms = 5000;

/** The action is done, once what has been given to the guardian up to now is on the disk. */
export function endWhenSaved(turn: Turn, action: Pick<Unsaved, 'of' | 'kind' | 'reason' | 'actionId'>): void {
  const { draft, now } = turn;
  draft.unsaved = [...draft.unsaved, { ...action, seq: draft.protectSeq, until: later(now, SAVING_MS) }];
  tellSaved(turn);
}

/** Somebody undoes it before it was on the disk: who waits for it must not hear that it is done. */
export function overtaken(turn: Turn, of: Unsaved['of']): void {
  const { draft } = turn;
  const undone = draft.unsaved.filter((entry) => entry.of === of);
  if (undone.length === 0) return;
  draft.unsaved = draft.unsaved.filter((entry) => entry.of !== of);
  for (const { actionId } of undone)
    refuse(turn, 'keep it', 'another command undid it before it was on the disk', actionId);
}

/** All up to this number are on the disk: the latch too, so that the driver may be told (brain 8.3). */
export function noteProtected(turn: Turn, seq: number): void {
  const { draft } = turn;
  draft.savedSeq = Math.max(draft.savedSeq, seq);
  if (draft.latched !== null && !draft.latched.saved && seq >= draft.protectSeq)
    draft.latched = { ...draft.latched, saved: true };
  tellSaved(turn);
}

/** Ends what is on the disk, and what has waited for it too long. */
export function tellSaved(turn: Turn): void {
  const { draft, now } = turn;
  if (draft.unsaved.length === 0) return;
  const done = draft.unsaved.filter(({ seq }) => seq <= draft.savedSeq);
  const late = draft.unsaved.filter(({ seq, until }) => seq > draft.savedSeq && until <= now);
  if (done.length + late.length === 0) return;
  draft.unsaved = draft.unsaved.filter((entry) => !done.includes(entry) && !late.includes(entry));
  for (const { kind, reason, actionId } of done) say(turn, kind, 'info', reason, { actionId, ended: 'done' });
  for (const { actionId } of late)
    refuse(turn, 'keep it', 'it is in effect, but not on the disk: a restart would forget it (see the log)', actionId);
}

export const unsavedDueAt = ({ unsaved }: Instance): Instant => unsaved[0]?.until ?? NEVER;
