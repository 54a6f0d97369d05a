/**
 * SNMP for the facade of alerts: one engine for the process, a sink for each receiver of traps, an agent. Kept small on purpose: the codec and the
 * security model are our own, because the node package for it sends traps with engineBoots 0, checks no time window and cuts no AgentX stream.
 */
export { createSnmpAgent } from './agent.ts';
export type { AgentSettings, SnmpAgent, SnmpAgentOptions } from './agent.ts';
export { createSnmpEngine } from './engine.ts';
export type { SnmpEngine } from './engine.ts';
export type { ReadSecret } from './secrets.ts';
export { createTrapSink } from './trap-sink.ts';
export type { TrapSinkOptions, TrapTarget } from './trap-sink.ts';
