/** Policies of the stack (core/api/policies.ts). */
import * as z from 'zod';
import type {
  DraftList,
  DraftView,
  PolicyAsked,
  PolicyDocument,
  PolicyList,
  PolicyRow,
  PolicyVersions,
  PolicyView,
} from '../../../core/api/policies.ts';
import { line, time } from './common.ts';
import { featureAsked } from './sessions.ts';
import type { AllSame, Same } from './same.ts';

const features = z.array(featureAsked).max(64, { error: 'expected at most 64 features' });
const document = z.object({ description: z.string(), features, maxTime: z.string().nullable() });
const base = z
  .int({ error: 'expected the number of a version, or null' })
  .min(1, { error: 'expected the number of a version, or null' })
  .nullable()
  .meta({ description: 'the version that this was made from, null where there was none' });

export const policyView = z.object({
  name: z.string(),
  version: z.number().meta({ description: 'counts up with each publishing' }),
  document,
  by: z.string(),
  at: time,
});
const policyRow = policyView.extend({
  sessions: z.number().meta({ description: 'live sessions that were started with it' }),
  drafts: z.number(),
});
export const policyList = z.object({ policies: z.array(policyRow) });
export const policyVersions = z.object({ versions: z.array(policyView) });

export const draftView = z.object({
  id: z.string(),
  policy: z.string(),
  cause: z.enum(['edited', 'conflict']),
  base,
  document,
  by: z.string(),
  at: time,
});
export const draftList = z.object({ drafts: z.array(draftView) });

export const policyAsked = z.strictObject({
  base,
  document: z.strictObject({
    description: z.exactOptional(line(0, 1000)),
    features,
    maxTime: z.exactOptional(line(1, 24).nullable()),
  }),
});
export const publishing = z.strictObject({ base });

export type Checked = AllSame<
  [
    Same<typeof document, PolicyDocument>,
    Same<typeof policyView, PolicyView>,
    Same<typeof policyRow, PolicyRow>,
    Same<typeof policyList, PolicyList>,
    Same<typeof policyVersions, PolicyVersions>,
    Same<typeof draftView, DraftView>,
    Same<typeof draftList, DraftList>,
    Same<typeof policyAsked, PolicyAsked>,
  ]
>;
