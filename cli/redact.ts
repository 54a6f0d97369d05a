/** Takes secrets out of what leaves the machine: by the name of a key, by how a text looks, and by what the secrets are known to be. Pure. */

const REMOVED = '(removed)';
const NAME =
  /password|passphrase|passwd|secret|token|community|privatekey|credential|authorization|(^|[a-z])Key$|^key$/i;
/** `token=x`, `--password x`, `"secret": "x"`, `Authorization: Bearer x` within a text. */
const ASSIGNED =
  /((?:pass(?:word|wd|phrase)?|secret|token|community|api[-_]?key|key|auth(?:orization)?|credential)s?["']?\s*(?:=|:)\s*["']?)((?:bearer |basic )?[^\s"'&,;}]+)/gi;
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/-]{6,}=*/gi;
const USER_INFO = /(\/\/)[^/\s@]+@/g;
const FLAG = /^--?(?:pass(?:word|wd|phrase)?|secret|token|community|api[-_]?key|key|auth|credential)$/i;
/** Shorter ones would take harmless words with them. */
const SHORTEST = 4;

/** The same value without secrets. `known`: texts that must not appear anywhere. */
export function withoutSecrets(value: unknown, known: readonly string[] = []): unknown {
  const secrets = [...new Set(known)].filter((text) => text.length >= SHORTEST).toSorted((a, b) => b.length - a.length);
  return clean(value, secrets);
}

function clean(value: unknown, known: readonly string[]): unknown {
  if (typeof value === 'string') return cleanText(value, known);
  if (Array.isArray(value)) {
    return value.map((one: unknown, index) => {
      const before: unknown = value[index - 1];
      return typeof before === 'string' && FLAG.test(before) ? REMOVED : clean(one, known);
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      cleanText(key, known),
      NAME.test(key) && inner !== null && typeof inner !== 'boolean' ? REMOVED : clean(inner, known),
    ]),
  );
}

function cleanText(text: string, known: readonly string[]): string {
  let result = text;
  for (const secret of known) result = result.replaceAll(secret, REMOVED);
  return result.replace(USER_INFO, `$1${REMOVED}@`).replace(ASSIGNED, `$1${REMOVED}`).replace(BEARER, `$1 ${REMOVED}`);
}

/** What stands in a configuration under a name that sounds like a secret, valid or not: so that an error that quotes it gives nothing away. */
export function secretsIn(configuration: string): readonly string[] {
  const found = configuration.matchAll(
    /(?:password|passphrase|secret|token|community|key)["']?\s*:\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s#,}\]]+))/gi,
  );
  return [...found].map(([, double, single, plain]) => double ?? single ?? plain ?? '');
}

/** The lines of a file that is a secret. */
export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
