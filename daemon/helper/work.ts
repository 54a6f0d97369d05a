/** What a request means: steps to run one after the other. Pure; the texts come from vrrp/macvlan.ts. */
import { acceptRules, createMacvlan, deleteMacvlan, macvlanSettings, removeAcceptRules } from '../../vrrp/macvlan.ts';
import type { HelperRequest } from './protocol.ts';

/** Requests that are steps known beforehand; the others depend on the configuration and on what is read. */
export type PlainRequest = Exclude<
  HelperRequest,
  { readonly kind: `bypass.${string}` | `filter.${string}` | `feature.${string}` | 'track.check' }
>;

export type Work =
  | {
      readonly kind: 'program';
      readonly argv: readonly string[];
      readonly input: string | null;
      readonly mayFail: boolean;
    }
  | { readonly kind: 'setting'; readonly file: string; readonly value: string };

/** `allRpFilter` is net.ipv4.conf.all.rp_filter as it is now. */
export function workOf(request: PlainRequest, allRpFilter: number): readonly Work[] {
  switch (request.kind) {
    case 'macvlan.create': {
      const { parent, name, family, vrid } = request;
      return [
        // One that a crash left behind may be of another parent.
        ...deleteMacvlan(name).map((argv) => program(argv, null, true)),
        ...createMacvlan(parent, name, family, vrid).map((argv) => program(argv)),
        ...settings(parent, name, allRpFilter),
      ];
    }
    case 'macvlan.remove':
      // Gone already, with its parent for instance, is what was wanted.
      return deleteMacvlan(request.name).map((argv) => program(argv, null, true));
    case 'interface.sysctls':
      return settings(request.parent, request.name, allRpFilter);
    case 'accept.install': {
      const { plan } = request;
      const rules = acceptRules(plan) ?? removeAcceptRules(plan.instance);
      return [program(rules.argv, rules.text)];
    }
    case 'accept.remove': {
      const rules = removeAcceptRules(request.instance);
      return [program(rules.argv, rules.text)];
    }
  }
}

/** What gives back what a request took, for the helper's end; null if it took nothing. */
export function undoOf(request: PlainRequest): { readonly key: string; readonly undo: PlainRequest | null } | null {
  switch (request.kind) {
    case 'macvlan.create':
      return { key: request.name, undo: { kind: 'macvlan.remove', name: request.name } };
    case 'macvlan.remove':
      return { key: request.name, undo: null };
    case 'accept.install':
      return {
        key: `accept ${request.plan.instance}`,
        undo: { kind: 'accept.remove', instance: request.plan.instance },
      };
    case 'accept.remove':
      return { key: `accept ${request.instance}`, undo: null };
    case 'interface.sysctls':
      return null;
  }
}

function program(argv: readonly string[], input: string | null = null, mayFail = false): Work {
  return { kind: 'program', argv, input, mayFail };
}

function settings(parent: string, name: string, allRpFilter: number): readonly Work[] {
  return macvlanSettings(parent, name, allRpFilter).map(({ file, value }) => ({ kind: 'setting', file, value }));
}
