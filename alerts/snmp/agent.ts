/** The agent: what others may read by SNMP, standing alone or as subagent. It never fails to start: it tries again, and says why it has to. */
import type { Config } from '../../config/schema.ts';
import type { SinkView } from '../../core/api/alerts.ts';
import type { Status } from '../../core/status.ts';
import { TANDEM_MIB, VRRPV3_MIB } from '../mib/oid.ts';
import { systemColumns } from '../mib/system.ts';
import type { AlertsAgent } from '../sink.ts';
import { counterColumns, createCounters, refused } from './agent-counters.ts';
import { serveUdp } from './agent-udp.ts';
import { createAgentView } from './agent-view.ts';
import { joinAgentX } from './agentx.ts';
import type { SnmpEngine } from './engine.ts';
import { createInterfaceIndex } from './interface-index.ts';
import { createUserReader, readCommunity } from './secrets.ts';
import { keepRunning } from './keep-running.ts';
import type { Running } from './keep-running.ts';
import type { ReadSecret } from './secrets.ts';
import type { Access } from './agent-answer.ts';

export type AgentSettings = NonNullable<Config['alerts']['snmp']['agent']>;
type OwnAgent = Extract<AgentSettings, { readonly listen: string }>;

export interface SnmpAgentOptions {
  readonly agent: AgentSettings;
  readonly instance: string;
  readonly stack: string;
  readonly version: string;
  /** The same as the trap sinks have. */
  readonly engine: SnmpEngine;
  readonly status: () => Status | null;
  readonly readSecret: ReadSecret;
  readonly preempt: boolean;
  readonly accept: (router: string) => boolean;
  readonly interfaceIndex?: (name: string) => number | null;
  /** Wall time, ms. */
  readonly now?: () => number;
}

export interface SnmpAgent extends AlertsAgent {
  /** UDP port on which it answers; null = it does not, or it is a subagent. */
  port(): number | null;
}

interface Serving extends Running {
  readonly detail: string;
  readonly port: number | null;
}

export function createSnmpAgent(options: SnmpAgentOptions): SnmpAgent {
  const { agent, instance, stack, version, engine } = options;
  const alone = 'listen' in agent;
  const target = alone ? agent.listen : agent.agentx;
  const now = options.now ?? Date.now;
  const counters = createCounters();
  const v3 = alone && agent.user !== null;
  const source = createAgentView({
    status: options.status,
    interfaceIndex: options.interfaceIndex ?? createInterfaceIndex(),
    preempt: options.preempt,
    accept: options.accept,
    upMs: engine.upMs,
    now,
    more: alone
      ? [
          ...systemColumns({ instance, stack, version, upMs: engine.upMs }),
          ...counterColumns(counters, v3 ? engine.now : null),
        ]
      : [],
  });
  const { host, port } = hostAndPort(target);

  async function run(): Promise<Serving> {
    if (!alone) {
      const session = await joinAgentX({
        host,
        port,
        counters,
        view: source.view,
        id: TANDEM_MIB,
        regions: [TANDEM_MIB, VRRPV3_MIB],
        description: `Tandem ${version}, instance ${instance} of stack ${stack}`,
      });
      const detail = ['subagent (AgentX)', ...session.refused.map((text) => `not served: ${text}`)].join('; ');
      return { ...session, detail, port: null };
    }
    const access = await accessOf(agent, options.readSecret);
    // Nothing of v3 can be answered before its file is written.
    const id = v3 ? `, engine ID 0x${engine.now().id.toString('hex')}` : '';
    const serving = await serveUdp(host, port, { access, engine: engine.now, view: source.view, counters });
    const spoken = [...(access.community === null ? [] : ['v2c']), ...(v3 ? [`v3 ${agent.level}`] : [])];
    return { ...serving, detail: `SNMP ${spoken.join(' and ')}${id}` };
  }

  const loop = keepRunning(run);
  return {
    start: loop.start,
    stop: loop.stop,
    take: source.take,
    port: () => loop.running()?.port ?? null,
    view(): SinkView {
      const running = loop.running();
      const served = `${counters.answered} answered, ${refused(counters)} dropped`;
      return {
        id: `agent:${target}`,
        kind: 'agent',
        target,
        detail: `${running?.detail ?? (alone ? 'SNMP' : 'subagent (AgentX)')}; ${served}`,
        state: running !== null ? 'ok' : loop.lastError() === null ? 'idle' : 'failing',
        since: new Date(loop.since()).toISOString(),
        queued: 0,
        sent: counters.answered,
        dropped: refused(counters),
        lastError: loop.lastError(),
        lastSentAt: null,
      };
    },
  };
}

/** `host:port`; an IPv6 address is in brackets. */
function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}

async function accessOf(agent: OwnAgent, readSecret: ReadSecret): Promise<Access> {
  const community = agent.communityFile === null ? null : await readCommunity(readSecret, agent.communityFile);
  if (agent.user !== null) {
    return { community, user: await createUserReader(readSecret, { ...agent, user: agent.user })() };
  }
  if (community !== null) return { community, user: null };
  const { host } = hostAndPort(agent.listen);
  if (!/^(127(\.\d+){3}|::1|localhost)$/.test(host)) {
    throw new Error(
      `${agent.listen} is no loopback address: name a communityFile or a user, so that not everybody can read`,
    );
  }
  return { community: Buffer.from('public'), user: null };
}
