/** A classic BPF interpreter for the instructions that our filters use: it shows what the kernel would do with a packet. */
import * as bpf from '../../../vrrp/filter.ts';

/** How many bytes of the packet pass; 0 = dropped. `network`: the bytes from the IP header on, for SKF_NET_OFF. */
export function run(program: readonly bpf.Instruction[], packet: Buffer, network: Buffer = packet): number {
  let a = 0;
  let x = 0;
  const memory = new Map<number, number>();
  for (let at = 0; ; at += 1) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error(`jumped out of the program, to ${at}`);
    const { code, k, jt, jf } = instruction;
    if (jt > 255 || jf > 255 || jt < 0 || jf < 0) throw new Error(`jump offset out of range at ${at}`);
    if (code === bpf.RETURN) return k;
    if (code === bpf.LOAD_BYTE || code === bpf.LOAD_HALF || code === bpf.LOAD_BYTE_X) {
      const offset = code === bpf.LOAD_BYTE_X ? x + k : k;
      const [data, from] = offset < 0 ? [network, offset - bpf.SKF_NET_OFF] : [packet, offset];
      const size = code === bpf.LOAD_HALF ? 2 : 1;
      if (from < 0 || from + size > data.length) return 0;
      a = data.readUIntBE(from, size);
    } else if (code === bpf.LOAD_X_HEADER) {
      if (k >= packet.length) return 0;
      x = 4 * (packet[k]! & 0xf);
    } else if (code === bpf.LOAD_CONSTANT) a = k >>> 0;
    else if (code === bpf.LOAD_MEMORY) a = memory.get(k) ?? 0;
    else if (code === bpf.STORE_MEMORY) memory.set(k, a);
    else if (code === bpf.AND) a = (a & k) >>> 0;
    else if (code === bpf.SHIFT_RIGHT) a >>>= k;
    else if (code === bpf.SHIFT_RIGHT_X) a >>>= x;
    else if (code === bpf.TO_X) x = a;
    else if (code === bpf.JUMP) at += k;
    else if (code === bpf.JUMP_EQUAL) at += a === k >>> 0 ? jt : jf;
    else if (code === bpf.JUMP_SET) at += (a & k) !== 0 ? jt : jf;
    else throw new Error(`instruction ${code} is not known here`);
  }
}
