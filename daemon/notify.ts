/** The service manager's notification protocol (sd_notify(3)): readiness, status, watchdog. Without `NOTIFY_SOCKET` all of it does nothing. */
import { closeDescriptor, openDatagramSocket, sendDatagram } from './libc.ts';

export interface Notifier {
  /** Half of the watchdog's time, ms; null where no watchdog is asked for. */
  readonly watchdogEveryMs: number | null;
  /** Sends assignments, one a line. Never blocks, never throws: a service manager that does not listen changes nothing. */
  send(...assignments: readonly string[]): void;
  close(): void;
}

/**
 * Takes the notification variables out of the environment, so that no child speaks in the guardian's name.
 *
 * @param environment usually `process.env`; changed
 */
export function openNotifier(environment: NodeJS.ProcessEnv, pid: number): Notifier {
  const path = environment['NOTIFY_SOCKET'];
  const watchdogEveryMs = watchdogPeriod(environment['WATCHDOG_USEC'], environment['WATCHDOG_PID'], pid);
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name];
  // 107 bytes is what sockaddr_un holds; other transports (vsock) are not for a daemon on an appliance.
  const usable = path !== undefined && /^[/@]/.test(path) && Buffer.byteLength(path) <= 107;
  let fd = usable ? openDatagramSocket() : -1;
  return {
    watchdogEveryMs: usable ? watchdogEveryMs : null,
    send(...assignments) {
      if (fd >= 0 && usable) sendDatagram(fd, path, assignments.join('\n'));
    },
    close() {
      if (fd >= 0) closeDescriptor(fd);
      fd = -1;
    },
  };
}

/** Half of `WATCHDOG_USEC` in ms, null if it is missing, senseless or meant for another process. */
export function watchdogPeriod(usec: string | undefined, forPid: string | undefined, pid: number): number | null {
  const value = Number(usec);
  if (!Number.isFinite(value) || value <= 0) return null;
  if (forPid !== undefined && Number(forPid) !== pid) return null;
  return value / 2000;
}

/** The assignments that announce a reload: `MONOTONIC_USEC` is what `Type=notify-reload` asks for. */
export function reloading(): readonly string[] {
  return ['RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`];
}
