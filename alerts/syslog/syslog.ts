/** A receiver of syslog, as the configuration names it. */
import { isIPv6 } from 'node:net';
import type { Config } from '../../config/schema.ts';
import type { JournalEntry } from '../../core/api/journal.ts';
import { readAuthorities } from '../authorities.ts';
import type { Sink } from '../sink.ts';
import { formatSyslog } from './format.ts';
import { createStreamSink } from './stream-sink.ts';
import { createUdpSink } from './udp-sink.ts';

export type SyslogTarget = Config['alerts']['syslog'][number];

export interface SyslogSinkOptions {
  readonly syslog: SyslogTarget;
  /** Name of this machine. */
  readonly hostName: string;
  readonly stack: string;
  readonly readSecret: (file: string) => string | Promise<string>;
}

export function createSyslogSink({ syslog, hostName, stack, readSecret }: SyslogSinkOptions): Sink {
  const { host, transport, facility, caFile } = syslog;
  const port = syslog.port ?? (transport === 'tls' ? 6514 : 514);
  const target = `${isIPv6(host) ? `[${host}]` : host}:${port}/${transport}`;
  const common = {
    id: `syslog:${target}`,
    target,
    detail: `RFC 5424, facility ${facility}`,
    host,
    port,
    format: (entry: JournalEntry, most: number) => formatSyslog(entry, { facility, host: hostName, stack }, most),
  };
  if (transport === 'udp') return createUdpSink(common);
  if (transport === 'tcp') return createStreamSink(common);
  return createStreamSink({ ...common, authorities: () => readAuthorities(caFile, readSecret) });
}
