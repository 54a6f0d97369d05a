/**
 * keepalived as an administrator runs it: without `-D`, whose line for every announcement holds it up (with 255 addresses 2.5 s of silence
 * were seen). The lab's own, made for tests that read those lines, would make Tandem look better than it is.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from '../lab/host.ts';
import type { Program } from '../lab/program.ts';

let started = 0;

/** Starts keepalived with this configuration; returns when its routers are in their first state. */
export async function startKeepalived(host: Host, config: string, limitMs: number): Promise<Program> {
  started += 1;
  const folder = host.folder(`keepalived-${started}`);
  const file = join(folder, 'keepalived.conf');
  writeFileSync(file, config);
  const pids = ['-p', join(folder, 'parent.pid'), '-r', join(folder, 'vrrp.pid'), '-c', join(folder, 'checkers.pid')];
  // -P: VRRP alone. -n -l: in the foreground, its few lines on stderr.
  const program = host.spawn(['keepalived', '-P', '-n', '-l', '-f', file, ...pids], {
    name: 'keepalived',
    cwd: folder,
  });
  await program.waitFor(/Entering (BACKUP|MASTER|FAULT) STATE/, limitMs);
  return program;
}
