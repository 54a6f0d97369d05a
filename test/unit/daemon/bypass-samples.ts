/** What the tests of the bypass drivers start from. */
import type { BypassPlan, PairPlan } from '../../../config/plan.ts';
import { DRIVERS } from '../../../daemon/bypass/drivers.ts';
import type { BypassContext, Chain, Sight } from '../../../daemon/bypass/driver.ts';
import { PLAIN } from '../../support/plain-plan.ts';

export const WAN1: PairPlan = { name: 'wan1', outside: 'eth0', inside: 'eth1' };
export const WAN2: PairPlan = { name: 'wan2', outside: 'eth2', inside: 'eth3' };

export function context(bypass: Partial<BypassPlan>, pairs: readonly PairPlan[] = [WAN1]): BypassContext {
  return { instance: 'a', plan: { ...PLAIN.bypass, ...bypass }, pairs };
}

export const driverOf = ({ plan }: BypassContext) => DRIVERS[plan.driver];

export const seen = (text: string): Sight => ({ ok: true, text, trouble: '' });
export const failed = (trouble: string, text = ''): Sight => ({ ok: false, text, trouble });

/** What `ip -json -batch` prints: `eth0 up promisc master=br0 kind=bridge` for each interface. */
export function ipSees(...links: readonly string[]): Sight {
  const lines = links.map((words) => {
    const [ifname = '', ...rest] = words.split(' ');
    const value = (key: string): string | undefined =>
      rest.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
    const flags = [...(rest.includes('up') ? ['UP'] : []), ...(rest.includes('promisc') ? ['PROMISC'] : [])];
    const [master, kind] = [value('master'), value('kind')];
    return JSON.stringify([
      {
        ifname,
        flags,
        ...(master === undefined ? {} : { master }),
        ...(kind === undefined ? {} : { linkinfo: { info_kind: kind } }),
      },
    ]);
  });
  return seen(`${lines.join('\n')}\n`);
}

/** Command lines and writes of chains, one text each; `?` marks what may fail, `!` a refusal. */
export function told(chains: readonly Chain[]): readonly string[] {
  return chains.flatMap(({ name, steps, refusal }) => {
    const label = name === '' ? '' : `${name}: `;
    if (refusal !== null) return [`${label}! ${refusal}`];
    return steps.map((step) =>
      step.do === 'write'
        ? `${label}${step.file} <- ${JSON.stringify(step.text)}`
        : `${label}${step.mayFail ? '? ' : ''}${step.argv.join(' ')}`,
    );
  });
}
