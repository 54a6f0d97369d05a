/** `/metrics`. */
import type { Services } from '../../../core/services.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

export function createMetrics(services: Services, streams: () => number): Metrics {
  return {
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: async () => `${services.version} ${streams()}`,
  };
}
