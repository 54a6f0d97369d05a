/** The files of the guardian's memory as text (design section 2): reading is strict, because what is read decides which addresses are removed. Pure. */
import { addressBytes, addressText } from '../../core/address.ts';
import type { ChecksumStyle } from '../../vrrp/packet.ts';
import type { HeldAddress } from '../channel.ts';

/** Raised when the meaning of a file changes. */
const FORMAT = 1;

/** Thrown by the readers: the file does not hold what it should. Caught where files are read. */
export class DamagedFile extends Error {}

export function writeChecksums(styles: Readonly<Record<string, ChecksumStyle>>): string {
  return `${JSON.stringify({ format: FORMAT, styles })}\n`;
}

/** @throws DamagedFile, SyntaxError */
export function readChecksums(text: string): Readonly<Record<string, ChecksumStyle>> {
  const { styles } = openFile(text);
  if (!isRecord(styles)) throw new DamagedFile('`styles` is missing');
  const read: Record<string, ChecksumStyle> = {};
  for (const [key, style] of Object.entries(styles)) {
    if (style !== 'rfc9568' && style !== 'rfc5798') throw new DamagedFile(`unknown style for ${key}`);
    read[key] = style;
  }
  return read;
}

/** The addresses belong to one run of the kernel: after a reboot none of them is there. */
export function writeJournal(boot: string, addresses: readonly HeldAddress[]): string {
  return `${JSON.stringify({ format: FORMAT, boot, addresses })}\n`;
}

/** Empty for the journal of another boot. @throws DamagedFile, SyntaxError */
export function readJournal(text: string, boot: string): readonly HeldAddress[] {
  const { boot: written, addresses } = openFile(text);
  if (typeof written !== 'string' || !Array.isArray(addresses))
    throw new DamagedFile('`boot` or `addresses` is missing');
  return written === boot ? addresses.map(readAddress) : [];
}

function readAddress(value: unknown): HeldAddress {
  if (!isRecord(value)) throw new DamagedFile('an address is no object');
  const { address, prefix, family, interface: name } = value;
  const bytes = typeof address === 'string' ? addressBytes(address) : null;
  if (bytes === null) throw new DamagedFile('an address is none');
  if (family !== 'ipv4' && family !== 'ipv6') throw new DamagedFile('an address has no family');
  if (bytes.length !== (family === 'ipv4' ? 4 : 16)) throw new DamagedFile('an address is not of its family');
  if (typeof prefix !== 'number' || !Number.isInteger(prefix) || prefix < 0 || prefix > bytes.length * 8) {
    throw new DamagedFile('an address has no prefix length');
  }
  if (typeof name !== 'string' || name === '' || name.length > 15) throw new DamagedFile('an address has no interface');
  return { address: addressText(bytes), prefix, family, interface: name };
}

/** The object in a file of ours. @throws DamagedFile, SyntaxError */
export function openFile(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value) || value['format'] !== FORMAT) throw new DamagedFile(`not of format ${FORMAT}`);
  return value;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
