/** What the stand-in for the appliance's software does with the link pair, given its instance's status. Pure. */

export interface Wish {
  readonly verb: 'forwards' | 'blocks';
  readonly why: string;
}

/**
 * Frames pass through the active instance alone, and not beside a peer's wire: its traffic went through uninspected anyway, and would arrive twice.
 * `status` is what the engine's socket answered, of whatever version.
 */
export function wish(status: unknown): Wish {
  const { role, peers } = (status ?? {}) as { readonly role?: unknown; readonly peers?: unknown };
  if (role !== 'active') return { verb: 'blocks', why: `role ${String(role)}` };
  const wired = (Array.isArray(peers) ? peers : []).find((peer: { readonly role?: unknown }) => peer.role === 'bypass');
  if (wired !== undefined) return { verb: 'blocks', why: `${(wired as { readonly name: string }).name} is a wire` };
  return { verb: 'forwards', why: 'role active' };
}
