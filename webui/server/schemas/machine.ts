/** The machine, diagnostics, drills, snapshots, alerts (core/api/host.ts, core/api/alerts.ts). */
import * as z from 'zod';
import type { SinkView, TestResult } from '../../../core/api/alerts.ts';
import type { DoctorCheck, DrillReport, DrillView, HostView, SnapshotFile } from '../../../core/api/host.ts';
import type {
  AlertTest,
  AlertTestResults,
  DoctorReport,
  DrillList,
  SinkList,
  SnapshotList,
} from '../../../core/api/rest.ts';
import { line, nameAsked, time } from './common.ts';
import type { AllSame, Same } from './same.ts';

export const hostView = z.object({
  hostname: z.string(),
  os: z.string(),
  kernel: z.string(),
  uptimeSeconds: z.number(),
  cpu: z.object({ model: z.string(), cores: z.number(), loadPercent: z.number() }),
  memory: z.object({ totalBytes: z.number(), availableBytes: z.number() }),
  disk: z.object({ path: z.string(), totalBytes: z.number(), freeBytes: z.number() }).nullable(),
  temperatureCelsius: z.number().nullable(),
  interfaces: z.array(
    z.object({
      name: z.string(),
      mac: z.string(),
      mtu: z.number().nullable(),
      speedMbps: z.number().nullable(),
      up: z.boolean(),
      addresses: z.array(z.string()),
    }),
  ),
  at: time,
});

const check = z.object({
  name: z.string(),
  level: z.enum(['ok', 'warn', 'fail']),
  text: z.string(),
  advice: z.exactOptional(z.string()),
});
export const doctorReport = z.object({ checks: z.array(check) });

const drill = z.object({ schedule: z.string(), to: z.string(), nextAt: time.nullable() });
export const drillReport = z.object({
  id: z.string(),
  at: time,
  to: z.string(),
  outcome: z.enum(['done', 'skipped', 'failed']),
  text: z.string(),
  durationMs: z.number().nullable(),
  probesSent: z.number().nullable(),
  probesLost: z.number().nullable(),
});
export const drillList = z.object({ drills: z.array(drill), reports: z.array(drillReport) });
export const drillRun = z.strictObject({ to: nameAsked });

const snapshotFile = z.object({ name: z.string(), at: time, bytes: z.number() });
export const snapshotList = z.object({ snapshots: z.array(snapshotFile) });

const sink = z.object({
  id: z.string(),
  kind: z.enum(['syslog', 'trap', 'webhook', 'agent']),
  target: z.string(),
  detail: z.string(),
  state: z.enum(['ok', 'failing', 'idle']),
  since: time,
  queued: z.number(),
  sent: z.number(),
  dropped: z.number(),
  lastError: z.string().nullable(),
  lastSentAt: time.nullable(),
});
export const sinkList = z.object({ sinks: z.array(sink) });
export const alertTest = z.strictObject({ sink: z.exactOptional(line(1, 500).nullable()) });
const testResult = z.object({ sink: z.string(), ok: z.boolean(), text: z.string() });
export const alertTestResults = z.object({ results: z.array(testResult) });

export type Checked = AllSame<
  [
    Same<typeof hostView, HostView>,
    Same<typeof check, DoctorCheck>,
    Same<typeof doctorReport, DoctorReport>,
    Same<typeof drill, DrillView>,
    Same<typeof drillReport, DrillReport>,
    Same<typeof drillList, DrillList>,
    Same<typeof snapshotFile, SnapshotFile>,
    Same<typeof snapshotList, SnapshotList>,
    Same<typeof sink, SinkView>,
    Same<typeof sinkList, SinkList>,
    Same<typeof alertTest, AlertTest>,
    Same<typeof testResult, TestResult>,
    Same<typeof alertTestResults, AlertTestResults>,
  ]
>;
