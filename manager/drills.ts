/** Planned switchovers on a schedule: what is never tried does not work on the day. Only where nothing can go wrong that is known before. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillReport } from '../core/api/host.ts';
import type { ActionRequest } from '../core/action.ts';
import { DEFAULT_HOLD } from '../core/action.ts';
import type { Actor, NewEntry } from '../core/api/journal.ts';
import type { Ms } from '../core/clock.ts';
import type { TandemEvent } from '../core/event.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { ManagerReason } from '../core/manager-reason.ts';
import { fail, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Refused } from '../core/services.ts';
import type { Status } from '../core/status.ts';
import { canTakeOver } from './actives.ts';
import type { RunningProbe } from './drill-probe.ts';
import { readKept, writeKept } from './kept-files.ts';

export interface DrillPorts {
  /** Where reports are kept. */
  readonly file: string;
  /** Null while the engine does not answer. */
  readonly status: () => Status | null;
  readonly act: (request: ActionRequest) => Promise<Result<{ readonly actionId: string }, Refused>>;
  readonly append: (entry: NewEntry) => Promise<unknown>;
  /** The first virtual address; null without routers. */
  readonly address: () => string | null;
  readonly probe: {
    readonly once: (address: string) => Promise<boolean>;
    readonly start: (address: string) => RunningProbe;
  };
  readonly wall: () => number;
  /** The longest that an action takes (ms). */
  readonly limitMs?: Ms;
}

export interface Drills {
  reports(): readonly DrillReport[];
  /** `by` null: its time has come. */
  run(to: string, by: Actor | null): Promise<Result<DrillReport, Refused>>;
  /** Events of the engine: the end of an action is one. */
  events(events: readonly TandemEvent[]): void;
}

const KEPT = 100;
const LIMIT_MS: Ms = 15_000;
/** Probes go on so long after the end, so that the first moments of the other are in the figure. */
const AFTER_MS: Ms = 300;

export async function createDrills(ports: DrillPorts): Promise<Drills> {
  const found = await readKept(ports.file);
  let reports = (Array.isArray(found) ? found : []) as readonly DrillReport[];
  let running = false;
  const waiting = new Map<string, (event: TandemEvent) => void>();
  /** Ends that came before anybody knew the id of the action. */
  const ended = new Map<string, TandemEvent>();
  const began = new Map<string, string>();

  async function perform(to: string, by: Actor | null): Promise<DrillReport> {
    const id = randomUUID();
    const at = new Date(ports.wall()).toISOString();
    const report = (outcome: DrillReport['outcome'], text: string, more: Partial<DrillReport> = {}): DrillReport => ({
      id,
      at,
      to,
      outcome,
      text,
      durationMs: null,
      probesSent: null,
      probesLost: null,
      ...more,
    });
    const why = whyNot(ports.status(), to);
    if (why !== null) return report('skipped', why);
    const address = ports.address();
    const reachable = address !== null && (await ports.probe.once(address));
    const probe = reachable ? ports.probe.start(address) : null;
    const accepted = await ports.act({
      action: 'switchover',
      to,
      hold: DEFAULT_HOLD,
      force: false,
      by: by === null ? 'drill' : `drill of ${by.user}`,
    });
    const end = accepted.ok ? await endOf(accepted.value.actionId) : null;
    await sleep(probe === null ? 0 : AFTER_MS);
    const counted = probe === null ? null : await probe.stop();
    if (!accepted.ok) return report('failed', accepted.error.text);
    if (end === null) return report('failed', 'the switchover did not end in time');
    if (end.event.ended === 'failed') return report('failed', end.event.reason.text);
    // Who cannot reach the address once another has it cannot count either.
    const counts = counted !== null && (await ports.probe.once(address ?? '')) ? counted : null;
    const text =
      counts === null
        ? `probes could not be counted: ${address ?? 'no virtual address'} is not answered to this machine`
        : `${counts.lost} of ${counts.sent} probes lost`;
    const measured = counts === null ? {} : { probesSent: counts.sent, probesLost: counts.lost };
    return report('done', text, { durationMs: end.durationMs, ...measured });
  }

  async function endOf(actionId: string): Promise<{ event: TandemEvent; durationMs: number } | null> {
    const early = ended.get(actionId);
    const limit = new AbortController();
    const event =
      early ??
      (await Promise.race([
        new Promise<TandemEvent>((resolve) => waiting.set(actionId, resolve)),
        sleep(ports.limitMs ?? LIMIT_MS, null, { signal: limit.signal }).catch(() => null),
      ]));
    limit.abort();
    waiting.delete(actionId);
    if (event === null) return null;
    return { event, durationMs: Math.max(0, Date.parse(event.at) - Date.parse(began.get(actionId) ?? event.at)) };
  }

  async function keep(report: DrillReport, by: Actor | null): Promise<void> {
    reports = [report, ...reports].slice(0, KEPT);
    await writeKept(ports.file, JSON.stringify(reports)).catch(() => undefined);
    const reason = reasonOf(report);
    await ports.append({
      kind: 'drill',
      severity: report.outcome === 'done' && (report.probesLost ?? 0) === 0 ? 'info' : 'warning',
      reason: { code: reason.code, text: managerReasonText(reason) },
      incident: null,
      details: { ...report },
      ...(by === null ? {} : { actor: by }),
    });
  }

  return {
    reports: () => reports,
    async run(to, by) {
      if (running) return fail({ status: 409, code: 'drillRunning', text: 'a drill is under way already' });
      // Every instance has the same schedule: the one that is active does it.
      if (by === null && ports.status()?.role === 'standby') return fail(NOT_OURS);
      running = true;
      try {
        const report = await perform(to, by);
        await keep(report, by);
        return ok(report);
      } finally {
        running = false;
      }
    },
    events(events) {
      for (const event of events) {
        const { actionId } = event;
        if (actionId === undefined) continue;
        if (!began.has(actionId)) began.set(actionId, event.at);
        if (event.ended !== undefined) {
          ended.set(actionId, event);
          waiting.get(actionId)?.(event);
        }
      }
      for (const map of [began, ended]) for (const id of [...map.keys()].slice(0, -KEPT)) map.delete(id);
    },
  };
}

const NOT_OURS: Refused = { status: 409, code: 'notActive', text: 'the active instance does it' };

/** Why there is no drill now; null = nothing is known to be against it. */
export function whyNot(status: Status | null, to: string): string | null {
  if (status === null) return 'the engine does not answer';
  const { instance, peers, configuration } = status;
  const target = peers.find(({ name }) => name === to);
  if (to === instance) return `${to} is this instance: it cannot hand over to itself`;
  if (target === undefined) return `there is no instance ${to} in the stack`;
  if (status.role !== 'active') return `${instance} is ${status.role}: only an active instance can hand over`;
  if (!status.eligible) return `${instance} is not eligible`;
  for (const peer of peers) {
    if (!canTakeOver(peer)) return `${peer.name} is not eligible: ${peer.faults[0] ?? `${peer.health}, ${peer.role}`}`;
    if (peer.configurationHash !== configuration.hash) return `the settings of ${instance} and ${peer.name} differ`;
  }
  return null;
}

function reasonOf({ outcome, to, durationMs, text }: DrillReport): ManagerReason {
  if (outcome === 'skipped') return { code: 'drillSkipped', to, why: text };
  if (outcome === 'failed') return { code: 'drillFailed', to, why: text };
  return { code: 'drillDone', to, durationMs: durationMs ?? 0, detail: text };
}
