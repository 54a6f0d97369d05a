/** What a session can do for its target, and what of it survives a failover. Pure. */
import type { FeatureView, SessionFeature } from '../../core/api/sessions.ts';
import { featureName } from './record.ts';

/** What the configuration says of features. */
export interface FeatureFacts {
  readonly captureHa: boolean;
  readonly commands: readonly { readonly name: string; readonly ha: boolean }[];
}

export function featureTable({ captureHa, commands }: FeatureFacts): readonly FeatureView[] {
  const row = (name: string, ha: boolean, text: string): FeatureView => ({ name, kind: 'builtIn', ha, text });
  return [
    row('blocklist', true, 'every instance has the rules in effect all the time'),
    row('ratelimit', true, 'every instance has the rules in effect all the time; a limit begins anew on the new one'),
    row('copy', true, 'every instance has the rules in effect all the time, where it has the interface'),
    row(
      'capture',
      captureHa,
      captureHa
        ? 'goes on in a new file on the new instance (sessions.captureHa)'
        : 'the file is on the instance that ran it; sessions.captureHa lets it go on in a new one',
    ),
    ...commands.map(({ name, ha }): FeatureView => ({
      name,
      kind: 'command',
      ha,
      text: ha ? 'resumed by its own command on the new instance' : 'its configuration says that it cannot be resumed',
    })),
  ];
}

/** Names of those that end the session on a failover. A command that the configuration does not know here cannot be resumed here. */
export function notHa(features: readonly SessionFeature[], facts: FeatureFacts): readonly string[] {
  return features.filter((feature) => !isHa(feature, facts)).map(featureName);
}

export function isHa(feature: SessionFeature, { captureHa, commands }: FeatureFacts): boolean {
  switch (feature.name) {
    case 'capture':
      return captureHa;
    case 'command':
      return commands.some(({ name, ha }) => name === feature.command && ha);
    default:
      return true;
  }
}
