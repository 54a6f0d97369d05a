/** Virtual routers for people: all in a table, one on a sheet. Pure. */
import type { RouterStatus } from '../core/status.ts';
import { formatAge, formatMs, formatSince, wrap } from './format.ts';
import { table } from './table.ts';
import type { Cell } from './table.ts';
import { STATE_STYLE, type View, spaced } from './view.ts';

/** A line a router. */
export function routersTable(routers: readonly RouterStatus[], view: View): string {
  if (routers.length === 0) return 'no virtual routers are configured\n';
  const headings = [
    'ROUTER',
    'VRID',
    'VERSION',
    'INTERFACE',
    'STATE',
    'PRIORITY',
    'SINCE',
    'ACTIVE',
    'EVERY',
    'ADDRESSES',
  ];
  const rows = routers.map((r): Cell[] => [
    r.name,
    String(r.id),
    `v${r.version} ${familyText(r)}`,
    r.interface,
    { text: r.state, style: STATE_STYLE[r.state] ?? 'strong' },
    String(r.priority),
    formatAge(view.now - Date.parse(r.since)),
    activeText(r),
    formatMs(r.advertIntervalMs),
    addressesText(r),
  ]);
  return `${table(headings, rows, view.width, view.paint).join('\n')}\n`;
}

const familyText = (router: RouterStatus): string => (router.family === 'ipv4' ? 'IPv4' : 'IPv6');

/** Who is active as far as this instance knows. */
function activeText(router: RouterStatus): string {
  if (router.state === 'active') return 'this instance';
  return router.activeSource ?? 'nobody heard';
}

/** Everything about one router. */
export function routerSheet(router: RouterStatus, { now, width, paint }: View): string {
  const excluded = router.excludedAddresses.map((address) => `${address} (not advertised)`);
  const addresses = [...router.addresses, ...excluded].join(', ') || 'none';
  const facts: [string, string][] = [
    ['state', `${router.state} since ${formatSince(router.since, now)}`],
    ['why', router.reason.text],
    ['priority', String(router.priority)],
    ['active', activeText(router)],
    ['router', `VRID ${router.id}, VRRP version ${router.version}, ${familyText(router)}, group ${router.group}`],
    ['adverts on', `${router.interface}, from ${router.sourceAddress ?? 'no source address'}`],
    ['addresses on', `${router.addressInterface}: ${addresses} (${router.holdsAddresses ? 'here' : 'not here'})`],
    ['intervals', intervalText(router)],
    ['checksum', router.checksum === null ? '-' : router.checksum === 'rfc9568' ? 'RFC 9568' : 'RFC 5798'],
  ];
  const counters = Object.entries(router.counters).map(([name, value]): [string, string] => [
    spaced(name),
    String(value),
  ]);
  return [
    paint('strong', router.name),
    ...list(facts, width),
    paint('faint', 'counters'),
    ...list(counters, width),
    '',
  ].join('\n');
}

function intervalText(router: RouterStatus): string {
  const { advertIntervalMs: own, activeAdvertIntervalMs: learnt, masterDownMs: down } = router;
  return `advert every ${formatMs(own)}, the active every ${formatMs(learnt)}, taken for down after ${formatMs(down)}`;
}

/** The first address, how many more there are, and where they are not where the state says. */
export function addressesText(router: RouterStatus): string {
  const [first, ...more] = [...router.addresses, ...router.excludedAddresses];
  if (first === undefined) return '-';
  const missing = router.state === 'active' && !router.holdsAddresses ? ' (not here yet)' : '';
  const left = router.state !== 'active' && router.holdsAddresses ? ' (still here)' : '';
  return `${first}${more.length === 0 ? '' : ` +${more.length}`}${missing}${left}`;
}

/** The virtual routers as a part of the status. */
export function routersAtAGlance(routers: readonly RouterStatus[], view: View): string[] {
  if (routers.length === 0) return ['no virtual routers are configured'];
  const headings = ['ROUTER', 'VRID', 'STATE', 'PRIORITY', 'SINCE', 'ADDRESSES', 'WHY'];
  const rows = routers.map((r): Cell[] => [
    r.name,
    String(r.id),
    { text: r.state, style: STATE_STYLE[r.state] ?? 'strong' },
    String(r.priority),
    formatAge(view.now - Date.parse(r.since)),
    addressesText(r),
    r.reason.text,
  ]);
  return table(headings, rows, view.width, view.paint);
}

function list(pairs: readonly (readonly [string, string])[], width: number): string[] {
  const label = Math.max(...pairs.map(([name]) => name.length)) + 2;
  return pairs.flatMap(([name, text]) => {
    const lines = wrap(text, Math.max(10, width - label - 2));
    return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(label)}${line}`);
  });
}
