/** Everything that tells others (core/api/alerts.ts): the receivers that the configuration names, each with its queue, and the SNMP agent. */
import { hostname } from 'node:os';
import type { Config } from '../config/schema.ts';
import type { Alerts, TestResult } from '../core/api/alerts.ts';
import type { NewEntry } from '../core/api/journal.ts';
import type { Ms } from '../core/clock.ts';
import { managerReasonText } from '../core/manager-reason.ts';
import type { Status } from '../core/status.ts';
import type { OpenJournal } from './journal/journal.ts';
import { createQueue } from './queue.ts';
import type { Queue } from './queue.ts';
import type { AlertsAgent, Sink } from './sink.ts';
import { createSnmpAgent, createSnmpEngine, createTrapSink } from './snmp/snmp.ts';
import { createSyslogSink } from './syslog/syslog.ts';
import { createWebhookSink } from './webhook/webhook.ts';

export interface AlertsOptions {
  readonly config: Config['alerts'];
  /** The manager's own folder: what SNMP has to remember is kept there. */
  readonly folder: string;
  readonly journal: OpenJournal;
  readonly instance: string;
  readonly stack: string;
  readonly version: string;
  readonly status: () => Status | null;
  /** What RFC 6527's MIB asks of the configuration (`ManagerPlan.vrrp`). */
  readonly vrrp: { readonly preempt: boolean; readonly accepting: readonly string[] };
  /** The text of a file that the configuration names. */
  readonly readSecret: (file: string) => string | Promise<string>;
  /** Wall time, ms. */
  readonly now: () => number;
  /** What could not be written down, for the log. */
  readonly warn?: (text: string) => void;
}

const TEST_MS: Ms = 10_000;

/** Makes everything and starts nothing. A file that cannot be read is the trouble of its receiver, said when something is sent. */
export function createAlerts(options: AlertsOptions): Alerts {
  const { journal, now } = options;
  const warn = options.warn ?? ((text: string) => void process.stderr.write(`tandem manager: ${text}\n`));
  const note = (entry: NewEntry): void => {
    journal.append(entry).catch((error: unknown) => warn((error as Error).message));
  };
  const { sinks, agent } = makeReceivers(options);
  let queues: readonly Queue[] = [];

  async function testOne(queue: Queue, entry: Parameters<Queue['test']>[0]): Promise<TestResult> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<TestResult>((resolve) => {
      timer = setTimeout(() => {
        const { id, lastError } = queue.view();
        const why = lastError === null ? '' : ` (last trouble: ${lastError})`;
        resolve({ sink: id, ok: false, text: `no outcome within ${TEST_MS / 1000} s${why}` });
      }, TEST_MS);
    });
    return Promise.race([queue.test(entry), late]).finally(() => clearTimeout(timer));
  }

  return {
    async start() {
      queues = sinks.map((sink) => createQueue({ sink, journal, note, now }));
      for (const queue of queues) queue.start();
      await agent?.start();
    },
    async stop() {
      await Promise.all([...queues.map((queue) => queue.stop()), agent?.stop()]);
    },
    take(entry) {
      for (const queue of queues) queue.take(entry);
      agent?.take(entry);
    },
    sinks: () => [...queues.map((queue) => queue.view()), ...(agent === null ? [] : [agent.view()])],
    async test(sink, by) {
      const chosen = queues.filter((queue) => sink === null || queue.view().id === sink);
      if (chosen.length === 0) return [];
      const reason = { code: 'testAlert', by } as const;
      const entry = await journal.append({
        kind: 'alert',
        severity: 'info',
        reason: { code: reason.code, text: managerReasonText(reason) },
        incident: null,
        details: { sink: sink ?? 'all' },
      });
      return Promise.all(chosen.map((queue) => testOne(queue, entry)));
    },
  };
}

function makeReceivers(options: AlertsOptions): {
  readonly sinks: readonly Sink[];
  readonly agent: AlertsAgent | null;
} {
  const { config, folder, instance, stack, version, status, vrrp, readSecret, now } = options;
  const engine = createSnmpEngine(folder);
  const sinks = [
    ...config.syslog.map((syslog) => createSyslogSink({ syslog, hostName: hostname(), stack, readSecret })),
    ...config.snmp.traps.map((trap) => createTrapSink({ trap, engine, status, readSecret })),
    ...config.webhooks.map((webhook) => createWebhookSink({ webhook, stack, version, readSecret, now })),
  ];
  const { agent } = config.snmp;
  return {
    sinks: distinct(sinks),
    agent:
      agent === null
        ? null
        : createSnmpAgent({
            agent,
            instance,
            stack,
            version,
            engine,
            status,
            readSecret,
            preempt: vrrp.preempt,
            accept: (router) => vrrp.accepting.includes(router),
            now,
          }),
  };
}

/** Two receivers of the same id (webhooks that differ in what is not shown) are told apart by a number: each has its own place in the journal. */
function distinct(sinks: readonly Sink[]): readonly Sink[] {
  const seen = new Map<string, number>();
  return sinks.map((sink) => {
    const count = (seen.get(sink.id) ?? 0) + 1;
    seen.set(sink.id, count);
    return count === 1 ? sink : Object.assign(Object.create(sink) as Sink, { id: `${sink.id}#${count}` });
  });
}
