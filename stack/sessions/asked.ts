/** What a caller asks of a session, as what is kept of it: every network canonical, every default filled in. Pure. */
import type { SessionFeature, SessionFeatureAsked } from '../../core/api/sessions.ts';
import { MOST_SOURCES_KEPT } from '../../core/session-link.ts';
import { readPrefix } from '../../core/prefix.ts';
import type { Prefix } from '../../core/prefix.ts';
import { fail, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { formatRate, parseRate } from '../../core/units.ts';
import type { FeatureFacts } from './features.ts';

export interface Wanted {
  readonly features: readonly SessionFeature[];
  /** Of the blocklist, canonical, each once. */
  readonly sources: readonly string[];
}

/** Below this a limit is a typing error: no handshake gets through. */
const LEAST_BPS = 8_000;
const MOST_BPS = 10e12;
const MOST_PPS = 4_000_000_000;
const CAPTURE_MB = 100;

/** The error is a sentence that names the field. */
export function readTarget(text: string): Result<Prefix, string> {
  const target = readPrefix(text);
  return target.ok ? target : fail(`target: expected ${target.error}, found ${text}`);
}

/** Of two features with the same name the later one counts, so that a session can say something else than its policy; sources come together. */
export function readFeatures(
  asked: readonly SessionFeatureAsked[],
  target: Prefix,
  facts: FeatureFacts,
  ofPolicy: readonly SessionFeatureAsked[] = [],
): Result<Wanted, string> {
  const features = new Map<string, SessionFeature>();
  const sources = new Set<string>();
  for (const one of [...ofPolicy, ...asked]) {
    const feature = readFeature(one, facts);
    if (!feature.ok) return feature;
    features.set(one.name === 'command' ? `command ${one.command}` : one.name, feature.value);
    if (one.name !== 'blocklist') continue;
    // A policy has sources of both families, for targets of either.
    const read = ofPolicy.includes(one)
      ? readPolicySources(one.sources ?? [], target)
      : readSources(one.sources ?? [], target);
    if (!read.ok) return read;
    for (const source of read.value) sources.add(source);
  }
  if (features.size === 0) return fail('features: at least one is needed, from here or from a policy');
  return ok({ features: [...features.values()], sources: [...sources] });
}

/** Of any family; with a target, those of its own. */
export function readPolicySources(texts: readonly string[], target?: Prefix): Result<readonly string[], string> {
  const read: string[] = [];
  for (const text of texts) {
    const source = readPrefix(text);
    if (!source.ok) return fail(`sources: expected ${source.error}, found ${text}`);
    if (target === undefined || source.value.family === target.family) read.push(source.value.text);
  }
  return ok(read);
}

/** Canonical, of the target's family. */
export function readSources(texts: readonly string[], target: Prefix): Result<readonly string[], string> {
  if (texts.length > MOST_SOURCES_KEPT) return fail(`sources: more than ${MOST_SOURCES_KEPT}`);
  const read: string[] = [];
  for (const text of texts) {
    const source = readPrefix(text);
    if (!source.ok) return fail(`sources: expected ${source.error}, found ${text}`);
    if (source.value.family !== target.family)
      return fail(`sources: ${text} cannot be a source of packets to ${target.text}: they are of different families`);
    read.push(source.value.text);
  }
  return ok(read);
}

export function readFeature(asked: SessionFeatureAsked, { commands }: FeatureFacts): Result<SessionFeature, string> {
  switch (asked.name) {
    case 'blocklist':
      return ok({ name: asked.name });
    case 'ratelimit': {
      const { per = 'target', rate, packetsPerSecond = null } = asked;
      const bitsPerSecond = rate === undefined ? null : typeof rate === 'number' ? Math.round(rate) : parseRate(rate);
      if (bitsPerSecond === null && rate !== undefined)
        return fail(`ratelimit.rate: expected a rate such as 10Mbps, found ${rate}`);
      if (bitsPerSecond === null && packetsPerSecond === null)
        return fail('ratelimit: expected a rate, packetsPerSecond, or both');
      if (bitsPerSecond !== null && !(bitsPerSecond >= LEAST_BPS && bitsPerSecond <= MOST_BPS))
        return fail(`ratelimit.rate: expected ${formatRate(LEAST_BPS)} to ${formatRate(MOST_BPS)}`);
      if (packetsPerSecond !== null && !(packetsPerSecond >= 1 && packetsPerSecond <= MOST_PPS))
        return fail(`ratelimit.packetsPerSecond: expected 1 to ${MOST_PPS}`);
      return ok({ name: asked.name, per, bitsPerSecond, packetsPerSecond });
    }
    case 'copy':
      return ok({ name: asked.name, interface: asked.interface });
    case 'capture':
      return ok({ name: asked.name, megabytes: asked.megabytes ?? CAPTURE_MB });
    case 'command': {
      if (commands.some(({ name }) => name === asked.command)) return ok({ name: 'command', command: asked.command });
      const known = commands.map(({ name }) => name).join(', ');
      return fail(
        `command: the configuration declares no command ${asked.command} (${known === '' ? 'it declares none' : `it declares ${known}`})`,
      );
    }
  }
}
