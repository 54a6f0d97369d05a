/**
 * `<state>/guardian/protection.json` as text: what protects the stack from this instance, or the other way round, and outlives both.
 * Reading is strict, and turns what was true when it was written into what is true now (brain 7.7, 8.2). Pure.
 */
import type { Ms } from '../../core/clock.ts';
import type { BandwidthMove } from '../../core/report.ts';
import { NO_PROTECTION } from '../channel.ts';
import type { Protection } from '../channel.ts';
import { DamagedFile, isRecord, openFile } from './remembered.ts';

/** The same moment on two clocks, and which run of the kernel it belongs to. */
export interface Moment {
  readonly boot: string;
  /** Since the boot, ms: right within one boot, whatever is done to the wall clock. */
  readonly uptime: Ms;
  /** Since 1970, ms: all there is across a boot. */
  readonly wall: Ms;
}

/** More stamps than any limit allows; the newest are kept. */
const MOST_FLAPS = 1000;

export function writeProtection(protection: Protection, at: Moment): string {
  return `${JSON.stringify({ format: 1, ...at, protection })}\n`;
}

/** @throws DamagedFile, SyntaxError */
export function readProtection(text: string, now: Moment): Protection {
  const { boot, uptime, wall, protection } = openFile(text);
  if (typeof boot !== 'string' || !isAge(uptime) || !isAge(wall))
    throw new DamagedFile('it does not say when it was written');
  if (!isRecord(protection)) throw new DamagedFile('`protection` is missing');
  const { flapAges, latched, maintenance, operatorBypass, bandwidthMove } = protection;
  if (!Array.isArray(flapAges) || !flapAges.every(isAge)) throw new DamagedFile('`flapAges` is no list of ages');
  const read: Protection = {
    flapAges,
    latched: latched === null ? null : { ageMs: ageOf(latched, 'latched') },
    maintenance: maintenance === null ? null : readMaintenance(maintenance),
    operatorBypass:
      operatorBypass === null
        ? null
        : { by: byOf(operatorBypass, 'operatorBypass'), ageMs: ageOf(operatorBypass, 'operatorBypass') },
    bandwidthMove: bandwidthMove === null ? null : readMove(bandwidthMove),
  };
  const sameBoot = boot === now.boot;
  return aged(sameBoot ? read : rebooted(read), sameBoot ? now.uptime - uptime : now.wall - wall);
}

/** The same, `elapsed` ms later. A clock that was set back makes nothing younger. */
export function aged(protection: Protection, elapsed: Ms): Protection {
  const more = Math.max(0, elapsed);
  const older = <T extends { readonly ageMs: Ms }>(one: T): T => ({ ...one, ageMs: Math.max(0, one.ageMs) + more });
  const { flapAges, latched, maintenance, operatorBypass, bandwidthMove } = protection;
  return {
    flapAges: flapAges.slice(-MOST_FLAPS).map((age) => Math.max(0, age) + more),
    latched: latched === null ? null : older(latched),
    maintenance: maintenance === null ? null : shorter(older(maintenance), more),
    operatorBypass: operatorBypass === null ? null : older(operatorBypass),
    bandwidthMove: bandwidthMove === null ? null : older(bandwidthMove),
  };
}

type Maintenance = NonNullable<Protection['maintenance']>;

/** Null when its time is over. */
function shorter(maintenance: Maintenance, elapsed: Ms): Maintenance | null {
  if (maintenance.leftMs === null) return maintenance;
  const leftMs = maintenance.leftMs - elapsed;
  return leftMs > 0 ? { ...maintenance, leftMs } : null;
}

/** What was done by hand for this boot ends with it; a latch does not. */
function rebooted(protection: Protection): Protection {
  const { maintenance } = protection;
  return {
    ...NO_PROTECTION,
    ...protection,
    maintenance: maintenance?.reboot === true ? null : maintenance,
    operatorBypass: null,
  };
}

function readMaintenance(value: unknown): Maintenance {
  const by = byOf(value, 'maintenance');
  const ageMs = ageOf(value, 'maintenance');
  const { leftMs, reboot } = isRecord(value) ? value : {};
  if (leftMs !== null && !isAge(leftMs)) throw new DamagedFile('`maintenance` does not say how long');
  if (typeof reboot !== 'boolean') throw new DamagedFile('`maintenance` does not say whether a boot ends it');
  return { by, ageMs, leftMs, reboot };
}

function readMove(value: unknown): BandwidthMove {
  const by = byOf(value, 'bandwidthMove');
  const ageMs = ageOf(value, 'bandwidthMove');
  const { recovered } = isRecord(value) ? value : {};
  if (typeof recovered !== 'boolean') throw new DamagedFile('`bandwidthMove` does not say whether it recovered');
  return { by, ageMs, recovered };
}

function byOf(value: unknown, name: string): string {
  if (!isRecord(value) || typeof value['by'] !== 'string') throw new DamagedFile(`\`${name}\` does not say by whom`);
  return value['by'];
}

function ageOf(value: unknown, name: string): Ms {
  if (!isRecord(value) || !isAge(value['ageMs'])) throw new DamagedFile(`\`${name}\` has no age`);
  return value['ageMs'];
}

const isAge = (value: unknown): value is Ms => typeof value === 'number' && Number.isFinite(value) && value >= 0;
