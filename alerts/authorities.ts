/** The authorities that a receiver's certificate is held against: those of a file that the configuration names. */

/** PEM, as Node wants it. Null without a file: those that Node trusts. A file without any would otherwise mean the same. */
export async function readAuthorities(
  file: string | null,
  read: (file: string) => string | Promise<string>,
): Promise<string | null> {
  if (file === null) return null;
  const text = await read(file);
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`${file}: it holds no certificate in PEM form`);
  return text;
}
