/**
 * The configuration: the one source of types, defaults, validation, JSON Schema, documentation, API body and form
 * (design section 4). `structure` is what each key may be; `configSchema` adds the rules between keys.
 */
import type * as z from 'zod';
import { crossFieldIssues, issueText } from './rules.ts';
import { alerts } from './schema/alerts.ts';
import { bypass } from './schema/bypass.ts';
import { list, mapping, name } from './schema/fields.ts';
import { fleet } from './schema/fleet.ts';
import { ha } from './schema/ha.ts';
import { drill, manager, realtime } from './schema/manager.ts';
import { bandwidth, flaps, links, track } from './schema/monitors.ts';
import { router } from './schema/router.ts';
import { sessions, store } from './schema/store.ts';

/** Routers that one instance may have: 255 VRIDs on four interfaces, more or less. */
const MOST_ROUTERS = 1024;

export const structure = mapping({
  instance: name().meta({
    title: 'Instance',
    restart: true,
    description: 'Name of this appliance, unique in the stack. No default: the others know it by this name.',
  }),
  stack: name().meta({
    title: 'Stack',
    restart: true,
    description: 'Name of the stack: the instances that back each other up. The same on all of them.',
  }),
  ha: ha.prefault({}).meta({
    title: 'High availability',
    description: 'What this instance is in its stack and how it talks to the others.',
  }),
  links: links
    .prefault({})
    .meta({ title: 'Link pairs', description: 'The inline segments and how many of them must be up.' }),
  bandwidth: bandwidth.prefault({}).meta({
    title: 'Bandwidth',
    description: 'Too little traffic on the active instance moves the addresses, once.',
  }),
  flaps: flaps.prefault({}).meta({ title: 'Flaps', description: 'A limit to failing over again and again.' }),
  bypass: bypass.prefault({}).meta({
    title: 'Bypass',
    description: 'What lets traffic through when no instance can be trusted.',
  }),
  vrrp: list(router, MOST_ROUTERS).prefault([]).meta({
    title: 'Virtual routers',
    description: 'Each is one VRRP group: VRID, family and interface, with the virtual addresses that it moves.',
  }),
  tracks: list(track, 256).prefault([]).meta({
    title: 'Tracks',
    description: 'Further checks that decide eligibility or priority.',
  }),
  realtime: realtime.prefault({}).meta({
    title: 'Real time',
    restart: true,
    description:
      'Scheduling of the engine, so that adverts leave on time on a busy machine. Where the system does not allow it, Tandem says so once and runs. `false`: an ordinary process.',
  }),
  manager: manager
    .prefault({})
    .meta({ title: 'Manager', description: 'REST API and web page. `false`: failover without them.' }),
  drills: list(drill, 64).prefault([]).meta({
    title: 'Drills',
    description: 'Planned switchovers: what is never tried does not work on the day.',
  }),
  alerts: alerts.prefault({}).meta({ title: 'Alerts', description: 'Who is told, and how long history is kept.' }),
  store: store
    .prefault({})
    .meta({ title: 'Store', description: 'What the instances must agree on, and where it is kept.' }),
  sessions: sessions.prefault({}).meta({ title: 'Sessions', description: 'Features of mitigation sessions.' }),
  fleet: fleet.prefault({}).meta({ title: 'Fleet', description: 'Stacks on other sites, and pools of upstreams.' }),
});

/** The whole schema, rules between keys included. */
export const configSchema = structure.superRefine((config, context) => {
  for (const issue of crossFieldIssues(config)) {
    context.addIssue({ code: 'custom', message: issueText(issue), path: [...issue.path] });
  }
});

/** The configuration with every default filled in: durations in milliseconds, rates in bits per second. */
export type Config = z.output<typeof structure>;

/** The configuration as it may stand in a file. */
export type ConfigInput = z.input<typeof structure>;
