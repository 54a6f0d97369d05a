/**
 * `tandemd clean`: for a service manager, after a daemon that did not end in order. It waits for an engine that outlived its guardian (it hands over
 * or resigns, and leaves), ends for certain what does not leave, and removes the virtual addresses of the journal that nobody took away.
 * A daemon that runs on the same directory keeps it from all of that.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAddressWriter } from '../../vrrp/address-writer.ts';
import { createKernelView } from '../../vrrp/kernel-view.ts';
import type { HeldAddress } from '../channel.ts';
import { keepsTags, leftovers, removeLeftovers } from '../engine/leftovers.ts';
import { program } from '../where.ts';
import { checkPrivileges, takeLock } from './ground.ts';
import { bootId } from './memory.ts';
import { createPidFiles } from './pid-files.ts';
import { readJournal, writeJournal } from './remembered.ts';

export interface CleanResult {
  readonly exitCode: 0 | 1;
  readonly lines: readonly string[];
}

/** An engine without a guardian hands over, which may take seconds, and the helper leaves after it. */
const LEAVE_MS = 15_000;
const LOOK_MS = 20;

/** Those that a guardian starts and that matter to addresses; the manager is an ordinary user's. */
const CHILDREN = ['engine', 'helper'] as const;

export async function clean({ state, run }: { readonly state: string; readonly run: string }): Promise<CleanResult> {
  // Neither: nothing has run since the kernel was started, or not here.
  if (!existsSync(run)) return { exitCode: 0, lines: [`nothing ran on ${run}`] };
  const unprivileged = checkPrivileges();
  if (unprivileged !== null) return { exitCode: 1, lines: [`tandemd: ${unprivileged}`] };
  const lock = takeLock(run, process.pid);
  if (!lock.ok) return { exitCode: 0, lines: [`a daemon runs on ${run}: nothing is removed`] };
  try {
    const lines: string[] = [];
    await awaitChildren(run, (text) => lines.push(text));
    const journal = `${state}/guardian/addresses.json`;
    const held = readHeld(journal, (text) => lines.push(text));
    for (const { address, prefix, interface: name } of await removeHeld(held))
      lines.push(`removed ${address}/${prefix} from ${name}`);
    if (held.length > 0) writeFileSync(journal, writeJournal(bootId(), []), { mode: 0o600 });
    return { exitCode: 0, lines };
  } catch (error) {
    return { exitCode: 1, lines: [`tandemd: ${error instanceof Error ? error.message : String(error)}`] };
  } finally {
    lock.value.release();
  }
}

/** Until engine and helper of an earlier daemon are gone. */
async function awaitChildren(run: string, say: (text: string) => void): Promise<void> {
  const pidFiles = createPidFiles(run, say);
  const end = performance.now() + LEAVE_MS;
  for (const name of CHILDREN) {
    const { script } = program(`daemon/${name}/main`);
    let killed = false;
    for (;;) {
      const survivor = pidFiles.survivor(name, script);
      if (survivor === null) break;
      if (performance.now() > end && !killed) {
        say(`the ${name} of an earlier daemon (process ${survivor}) does not leave: killing it`);
        process.kill(survivor, 'SIGKILL');
        killed = true;
      }
      await sleep(LOOK_MS);
    }
    pidFiles.set(name, null);
  }
}

function readHeld(path: string, say: (text: string) => void): readonly HeldAddress[] {
  if (!existsSync(path)) return [];
  try {
    return readJournal(readFileSync(path, 'utf8'), bootId());
  } catch (error) {
    say(
      `tandemd: ${path} cannot be read (${error instanceof Error ? error.message : String(error)}): removing nothing`,
    );
    return [];
  }
}

/** Those of them that are on an interface, and are ours by their tag where the kernel keeps one. */
async function removeHeld(held: readonly HeldAddress[]): Promise<readonly HeldAddress[]> {
  if (held.length === 0) return [];
  const view = createKernelView();
  await view.start();
  const writer = createAddressWriter(view);
  try {
    const found = leftovers(view.allAddresses(), { routers: [] }, held, keepsTags());
    // In the reverse order: removing the first of a subnet makes the kernel promote the next, and so on for each.
    return await removeLeftovers({ writer }, found.toReversed());
  } finally {
    writer.close();
    view.stop();
  }
}
