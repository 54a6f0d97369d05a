import { readFileSync } from 'node:fs';

/** Version of this package; `unknown` if its package.json cannot be read. Sources lie one level higher than what is built of them. */
export function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const parsed: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
    } catch {
      // Not there: the other place.
    }
  }
  return 'unknown';
}
