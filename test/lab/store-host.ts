/**
 * A program: the part of a manager that keeps the store, in an appliance of the lab, told what to do over IPC. usage: store-host RUN STATE. Keys and
 * configuration come from the guardian there, as a manager gets them.
 */
import type { ManagerPlan } from '../../config/manager-plan.ts';
import { managerReasonText } from '../../core/manager-reason.ts';
import type { PeerStatus } from '../../core/status.ts';
import { createGuardianClient } from '../../manager/guardian-client.ts';
import { startStack } from '../../manager/stack.ts';
import { put } from '../../stack/store/store.ts';
import type { Json, StoreEntry } from '../../stack/store/store.ts';
import type { SyncStatus } from '../../stack/sync/status.ts';

const [, , run = '', state = ''] = process.argv;
const guardian = createGuardianClient(`${run}/guardian.sock`);
const notes: string[] = [];

async function planNow(): Promise<ManagerPlan> {
  const answer = await guardian.ask({ kind: 'plan' });
  if (!answer.ok) throw new Error(answer.error.text);
  return answer.value.plan as ManagerPlan;
}

const stack = startStack(await planNow(), {
  folder: state,
  note: (reason) => notes.push(`${reason.code}: ${managerReasonText(reason)}`),
  ask: guardian.ask,
});
await stack.apply(await planNow());

const calls = {
  async put({ key, value }: { key: string; value: Json }): Promise<void> {
    const written = await put(stack.store, key, value);
    if (!written.ok) throw new Error(written.error.text);
  },
  async list(prefix: string): Promise<readonly StoreEntry[]> {
    const found = await stack.store.list(prefix);
    if (!found.ok) throw new Error(found.error.text);
    return found.value;
  },
  sync: (): SyncStatus | null => stack.sync(),
  synced: (): boolean => stack.isSynced(),
  notes: (): readonly string[] => notes,
  /** As after a reload. */
  apply: async (): Promise<void> => stack.apply(await planNow()),
  setPeers: (peers: readonly PeerStatus[]): void => stack.setPeers(peers),
  async stop(): Promise<void> {
    await stack.stop();
    guardian.close();
  },
};

export type Calls = typeof calls;

export interface Request {
  readonly id: number;
  readonly name: keyof Calls;
  readonly argument: never;
}

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

process.on('message', ({ id, name, argument }: Request) => {
  const reply = (more: Omit<Reply, 'id'>): void => {
    if (process.connected) process.send?.({ id, ...more });
  };
  void Promise.resolve()
    .then(() => calls[name](argument) as unknown)
    .then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: String(error) }),
    );
});
// Whoever started it has its answers by then.
process.on('disconnect', () => process.exit(0));
