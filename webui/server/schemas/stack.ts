/** What the page shows of the stack (core/api/stack.ts). */
import * as z from 'zod';
import type { InstanceList } from '../../../core/api/rest.ts';
import type { InstanceView, Note, Sample, Snapshot, StatusPatch } from '../../../core/api/stack.ts';
import { time } from './common.ts';
import type { AllSame, Same } from './same.ts';
import { bypassState, peerHealth, role, status } from './status.ts';

const instance = z.object({
  name: z.string(),
  self: z.boolean(),
  role: z.union([role, z.literal('unknown')]),
  since: time.nullable(),
  reason: z.string().nullable(),
  eligible: z.boolean().nullable(),
  primary: z.boolean().nullable(),
  ownsAddresses: z.number().nullable(),
  addresses: z.number().nullable(),
  linksActive: z.number().nullable(),
  linksMinimum: z.number().nullable(),
  check: peerHealth.nullable(),
  bypass: bypassState.nullable(),
  version: z.string().nullable(),
  configurationHash: z.string().nullable(),
  faults: z.array(z.string()),
  ageMs: z.number().nullable(),
});

export const instances = z
  .object({ instances: z.array(instance) })
  .meta({ description: 'this instance from its engine, the others as they report themselves' });

export const sample = z.object({ at: time, bps: z.number().nullable(), averageBps: z.number().nullable() });

const note = z.object({ text: z.string(), by: z.string(), at: time });

export const snapshot = z
  .object({
    rev: z.number(),
    at: time,
    engine: z.object({ reachable: z.boolean(), since: time, error: z.string().nullable() }),
    status: status.nullable(),
    statusAt: time.nullable(),
    headline: z.object({
      health: z.enum(['protected', 'degraded', 'unprotected', 'serviceDown', 'unknown']),
      text: z.string(),
      canLose: z.number(),
      actives: z.array(z.string()),
      problems: z.array(z.object({ severity: z.enum(['warning', 'critical']), text: z.string(), advice: z.string() })),
    }),
    instances: z.array(instance),
    linkSpeeds: z.record(z.string(), z.number()),
    samples: z.array(sample),
    settingsRevision: z.string().nullable(),
    fileError: z.string().nullable(),
    maintenanceNote: note.nullable(),
    bypassNote: note.nullable(),
    leader: z.string().nullable(),
    journal: z.number().nullable(),
  })
  .meta({ description: 'all that the page needs at once' });

export const statusPatch = z.object({
  base: z.number(),
  rev: z.number(),
  at: time,
  patch: z.record(z.string(), z.unknown()),
});

export type Checked = AllSame<
  [
    Same<typeof instance, InstanceView>,
    Same<typeof instances, InstanceList>,
    Same<typeof note, Note>,
    Same<typeof sample, Sample>,
    Same<typeof snapshot, Snapshot>,
    Same<typeof statusPatch, StatusPatch>,
  ]
>;
