/** What the kernel says about interfaces and addresses, as facts for the brain: only what is another than before. */
import { addressBytes, addressText } from '../../core/address.ts';
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import type { KernelChange } from '../../vrrp/ports.ts';
import type { Fact } from '../brain/fact.ts';
import type { Instance, Transport } from '../brain/state.ts';
import type { Kernel } from './kernel.ts';
import type { Macvlans } from './macvlans.ts';
import type { RouterShell } from './router-shell.ts';
import { transportOf, virtualAddresses } from './transport.ts';

export interface ObserverDeps {
  readonly kernel: Kernel;
  readonly macvlans: Macvlans;
  readonly instance: () => Instance;
  readonly shells: () => ReadonlyMap<string, RouterShell>;
  readonly fact: (fact: Fact) => void;
  /** A router sends from another address now: the will names it. */
  readonly onSource: () => void;
  /** An interface has changed: sockets and sensors look at it too. Null = every one may have. */
  readonly onInterface: (name: string | null) => void;
}

export interface Observer {
  set(plan: EnginePlan): void;
  kernel(change: KernelChange): void;
  look(concerns: (router: RouterPlan) => boolean): void;
  all(of: EnginePlan): Record<string, Transport>;
}

export function createObserver(deps: ObserverDeps): Observer {
  const { kernel, macvlans, fact } = deps;
  let vips: ReadonlySet<string> = new Set();

  function look(concerns: (router: RouterPlan) => boolean): void {
    for (const { plan: router, transport } of deps.instance().routers) {
      if (!concerns(router)) continue;
      const next = observe(router);
      if (!sameTransport(transport, next)) fact({ kind: 'transport', router: router.name, transport: next });
    }
  }

  /** Look at the interfaces of a router, and tell its shell from where to send. */
  function observe(router: RouterPlan): Transport {
    const shell = deps.shells().get(router.name);
    const carrier = macvlans.carrierOf(router);
    const transport = transportOf(router, kernel.view, vips, carrier);
    if (shell === undefined) return transport;
    if (shell.carrier !== carrier) shell.setCarrier(carrier);
    if (!sameBytes(shell.source, transport.source)) {
      shell.setSource(transport.source);
      deps.onSource();
    }
    return transport;
  }

  return {
    look,
    set(plan) {
      vips = virtualAddresses(plan);
    },
    all: (of) => Object.fromEntries(of.routers.map((router) => [router.name, observe(router)])),
    kernel(change) {
      switch (change.kind) {
        case 'interface': {
          const { name } = change;
          const concerned = (router: RouterPlan): boolean =>
            router.interface === name || router.addressInterface === name;
          // A carrier that is lost first: whoever takes over waits for our word. What has come back may need its sockets for that.
          const lost = kernel.view.interface(name)?.up !== true;
          if (lost) look(concerned);
          deps.onInterface(name);
          macvlans.interfaceChanged(name);
          if (!lost) look(concerned);
          return;
        }
        case 'resynchronised':
          deps.onInterface(null);
          return look(() => true);
        case 'addressRemoved':
          for (const shell of deps.shells().values()) shell.removed(change.address);
          break;
        case 'addressAdded':
          break;
      }
      // Our own virtual addresses come and go by the hundred and are never a source.
      if (change.address.tagged || vips.has(canonical(change.address.address))) return;
      look((router) => router.interface === change.address.interface);
    },
  };
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === b || (a !== null && b !== null && Buffer.compare(a, b) === 0);
}

function sameTransport(a: Transport, b: Transport): boolean {
  return (
    a.advertUp === b.advertUp && a.addressUp === b.addressUp && a.detail === b.detail && sameBytes(a.source, b.source)
  );
}

function canonical(text: string): string {
  const bytes = addressBytes(text);
  return bytes === null ? text : addressText(bytes);
}
