/** Debian's rsyslogd on loopback, with its files in a temporary folder: it writes what it takes as `FACILITY|MSGID|STRUCTURED-DATA|MSG`. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../lab/command.ts';
import { makeCertificate } from '../../webui/server/tls/own-certificate.ts';
import { freeTcpPort, freeUdpPort } from './snmp-tools.ts';

export interface Taken {
  readonly facility: string;
  readonly msgId: string;
  readonly data: string;
  readonly text: string;
}

/** How it writes what it takes into a file: a line a message. */
export const TAKEN_TEMPLATE =
  'template(name="line" type="string" string="%syslogfacility-text%|%msgid%|%structured-data%|%msg%\\n")';

/** What it has written so far, in whole lines. */
export function readTaken(file: string): readonly Taken[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [facility = '', msgId = '', data = '', ...rest] = line.split('|');
    return { facility, msgId, data, text: rest.join('|') };
  });
}

export class Rsyslog {
  readonly folder = mkdtempSync(join(tmpdir(), 'tandem-rsyslog-'));
  readonly ports = { udp: 0, tcp: 0, tls: 0 };
  ca = '';
  #child: ChildProcess | null = null;
  #said = '';

  async prepare(): Promise<void> {
    const { cert, key } = await makeCertificate(['127.0.0.1'], Date.now());
    this.ca = cert;
    writeFileSync(join(this.folder, 'cert.pem'), cert);
    writeFileSync(join(this.folder, 'key.pem'), key);
    this.ports.udp = await freeUdpPort();
    this.ports.tcp = await freeTcpPort();
    this.ports.tls = await freeTcpPort();
    writeFileSync(join(this.folder, 'rsyslog.conf'), this.#configuration());
  }

  #configuration(): string {
    const { folder, ports } = this;
    return `
global(workDirectory="${folder}" maxMessageSize="8k"
  DefaultNetstreamDriverCAFile="${folder}/cert.pem"
  DefaultNetstreamDriverCertFile="${folder}/cert.pem"
  DefaultNetstreamDriverKeyFile="${folder}/key.pem")
module(load="imudp")
module(load="imptcp")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
${TAKEN_TEMPLATE}
ruleset(name="keep") { action(type="omfile" file="${folder}/taken" template="line") }
input(type="imudp" address="127.0.0.1" port="${ports.udp}" ruleset="keep")
input(type="imptcp" address="127.0.0.1" port="${ports.tcp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="${ports.tls}" ruleset="keep")
`;
  }

  async start(): Promise<void> {
    const argv = ['-n', '-f', join(this.folder, 'rsyslog.conf'), '-i', join(this.folder, 'pid')];
    const child = spawn(findProgram('rsyslogd')!, argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#said += String(text)));
    for (const port of [this.ports.tcp, this.ports.tls]) {
      await this.#listens(port);
    }
  }

  async #listens(port: number): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (await accepts(port)) return;
      await sleep(50);
    }
    throw new Error(`rsyslogd does not listen on ${port}: ${this.#said}`);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  taken(): readonly Taken[] {
    return readTaken(join(this.folder, 'taken'));
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
