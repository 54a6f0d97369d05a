/** What the engine uses of the kernel, gathered for the composition root. */
import type { AddressWriter, KernelView, Neighbours, Receiver, Transmitter } from '../../vrrp/ports.ts';

export interface Kernel {
  readonly view: KernelView;
  readonly writer: AddressWriter;
  readonly transmitter: Transmitter;
  readonly receiver: Receiver;
  readonly neighbours: Neighbours;
}
