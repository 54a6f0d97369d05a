/** The last fifteen minutes of bandwidth: a ring beside React's state, so that a sample a second redraws the chart and nothing else. */
import type { Sample } from '../../../core/api/stack.ts';

export const KEPT_SAMPLES = 15 * 60;

export interface SampleRing {
  list(): readonly Sample[];
  replace(samples: readonly Sample[]): void;
  add(sample: Sample): void;
  onChange(listener: () => void): () => void;
}

export function createSampleRing(): SampleRing {
  let samples: readonly Sample[] = [];
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  return {
    list: () => samples,
    replace(all) {
      samples = all.slice(-KEPT_SAMPLES);
      tell();
    },
    add(sample) {
      if (samples.at(-1)?.at === sample.at) return;
      samples = [...samples, sample].slice(-KEPT_SAMPLES);
      tell();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
