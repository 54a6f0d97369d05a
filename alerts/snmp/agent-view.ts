/** What the agent serves, made out of the newest status, at most once for each. */
import type { JournalEntry } from '../../core/api/journal.ts';
import type { Status } from '../../core/status.ts';
import { tandemColumns } from '../mib/tandem.ts';
import { createView } from '../mib/view.ts';
import type { Column, MibView } from '../mib/view.ts';
import { createVrrpNotes } from '../mib/vrrp-notes.ts';
import { vrrpv3Columns } from '../mib/vrrpv3.ts';

export interface AgentViewOptions {
  /** The manager's copy; never waits. */
  readonly status: () => Status | null;
  readonly interfaceIndex: (name: string) => number | null;
  /** What RFC 6527 asks for and a status does not say. */
  readonly preempt: boolean;
  readonly accept: (router: string) => boolean;
  /** sysUpTime, ms. */
  readonly upMs: () => number;
  /** Wall time, ms. */
  readonly now: () => number;
  /** What is served beside the status. */
  readonly more: readonly Column[];
}

export interface AgentView {
  view(): MibView;
  take(entry: JournalEntry): void;
}

/** Indexes of interfaces may change without a new status. */
const KEPT_MS = 5000;

export function createAgentView(options: AgentViewOptions): AgentView {
  const notes = createVrrpNotes();
  let engine: number | null = null;
  let discontinuityMs = 0;
  let made: { readonly of: Status | null; readonly until: number; readonly view: MibView } | null = null;

  function make(status: Status | null): MibView {
    const current = status?.processes.engine ?? null;
    // Another engine counts from zero again.
    // Never 0, in hundredths of a second: that means that there was none (RFC 6527).
    if (engine !== null && current !== null && current !== engine) discontinuityMs = Math.max(10, options.upMs());
    engine = current ?? engine;
    return createView([
      ...tandemColumns(status, options.now),
      ...vrrpv3Columns(status, {
        ...notes,
        ifIndex: options.interfaceIndex,
        preempt: options.preempt,
        accept: options.accept,
        discontinuityMs,
        now: options.now,
      }),
      ...options.more,
    ]);
  }

  return {
    view() {
      const status = options.status();
      const upMs = options.upMs();
      if (made === null || made.of !== status || upMs > made.until) {
        made = { of: status, until: upMs + KEPT_MS, view: make(status) };
      }
      return made.view;
    },
    take: notes.take,
  };
}
