/**
 * The macvlans of virtual MACs and the rules of `accept: false`: asked of the helper, because the engine starts no program.
 * Until a macvlan is there its router has no address interface, which is the fault that a person sees.
 */
import type { EnginePlan, RouterPlan } from '../../config/plan.ts';
import type { KernelView } from '../../vrrp/ports.ts';
import { macvlanName } from '../../vrrp/macvlan.ts';
import type { HelperClient } from '../helper/client.ts';

export interface Macvlans {
  /** Make what this plan needs, and take away what it no longer needs. */
  set(plan: EnginePlan): void;
  /** Name of the macvlan that carries the addresses; null for a router without one, or while it is being made. */
  carrierOf(router: RouterPlan): string | null;
  /** These are there already and carry addresses that are adopted: they are not made anew, which would take the addresses away. */
  keep(names: ReadonlySet<string>): void;
  /** The parent may have been recreated. */
  interfaceChanged(name: string): void;
}

export interface MacvlansDeps {
  readonly view: KernelView;
  readonly helper: HelperClient;
  /** A macvlan became ready: look at the routers again. */
  readonly onReady: () => void;
  readonly onProblem: (text: string) => void;
}

/** A failed request is made again after this time, ms. */
const RETRY_MS = 2000;

export function createMacvlans(deps: MacvlansDeps): Macvlans {
  const { view, helper, onReady, onProblem } = deps;
  /** Names of macvlans: asked for, and there. */
  const asked = new Set<string>();
  const ready = new Set<string>();
  let routers: readonly RouterPlan[] = [];
  let kept: ReadonlySet<string> = new Set();
  let hadRules = false;

  const nameOf = (router: RouterPlan): string | null => {
    const parent = view.interface(router.addressInterface);
    return parent === null ? null : macvlanName(router.family, router.id, parent.index);
  };

  function ensure(router: RouterPlan): void {
    const name = nameOf(router);
    if (name === null || asked.has(name)) return;
    asked.add(name);
    if (kept.has(name) && view.interface(name) !== null) {
      ready.add(name);
      return;
    }
    const { addressInterface: parent, family, id: vrid } = router;
    void helper.request({ kind: 'macvlan.create', parent, name, family, vrid }).then((answer) => {
      if (answer.ok) {
        ready.add(name);
        return onReady();
      }
      onProblem(`the macvlan ${name} of ${router.name} cannot be made: ${answer.text}`);
      setTimeout(() => {
        asked.delete(name);
        if (routers.includes(router)) ensure(router);
      }, RETRY_MS).unref();
    });
  }

  function installRules(plan: EnginePlan): void {
    const needed = plan.routers.some((router) => !router.accept && router.priority !== 255);
    if (!needed && !hadRules) return;
    hadRules = needed;
    const { instance } = plan;
    const request = needed
      ? ({ kind: 'accept.install', plan } as const)
      : ({ kind: 'accept.remove', instance } as const);
    void helper.request(request).then((answer) => {
      if (!answer.ok) onProblem(`the rules of accept: false cannot be set: ${answer.text}`);
    });
  }

  return {
    keep(names) {
      kept = names;
    },
    set(plan) {
      routers = plan.routers.filter((router) => router.virtualMac);
      for (const router of routers) ensure(router);
      const names = new Set(routers.map(nameOf));
      for (const name of ready) {
        if (names.has(name)) continue;
        ready.delete(name);
        asked.delete(name);
        void helper.request({ kind: 'macvlan.remove', name });
      }
      installRules(plan);
    },
    carrierOf(router) {
      if (!router.virtualMac) return null;
      const name = nameOf(router);
      return name !== null && ready.has(name) ? name : null;
    },
    interfaceChanged(name) {
      if (ready.has(name) && view.interface(name) === null) {
        ready.delete(name);
        asked.delete(name);
      }
      for (const router of routers) if (router.addressInterface === name) ensure(router);
    },
  };
}
