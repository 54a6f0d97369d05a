/** The machine (`GET /api/v1/host`, by systeminformation), diagnostics, drills, snapshots. */

export interface HostView {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly uptimeSeconds: number;
  readonly cpu: { readonly model: string; readonly cores: number; readonly loadPercent: number };
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  readonly disk: { readonly path: string; readonly totalBytes: number; readonly freeBytes: number } | null;
  readonly temperatureCelsius: number | null;
  readonly interfaces: readonly {
    readonly name: string;
    readonly mac: string;
    readonly mtu: number | null;
    readonly speedMbps: number | null;
    readonly up: boolean;
    readonly addresses: readonly string[];
  }[];
  readonly at: string;
}

/** A check of `tandem doctor`. */
export interface DoctorCheck {
  readonly name: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  readonly advice?: string;
}

export interface DrillView {
  readonly schedule: string;
  readonly to: string;
  readonly nextAt: string | null;
}

export interface DrillReport {
  readonly id: string;
  readonly at: string;
  readonly to: string;
  readonly outcome: 'done' | 'skipped' | 'failed';
  /** Why skipped or failed; what was seen otherwise. */
  readonly text: string;
  readonly durationMs: number | null;
  /** One a millisecond to the first virtual address from this machine; null = could not be measured, and why stands in `text`. */
  readonly probesSent: number | null;
  readonly probesLost: number | null;
}

export interface SnapshotFile {
  readonly name: string;
  readonly at: string;
  readonly bytes: number;
}
