/** The API on a real socket in a folder of its own, with an engine that the test makes up, and clients of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActionAnswer, ActionRequest } from '../../../core/action.ts';
import { systemClock } from '../../../core/clock.ts';
import type { EventBody } from '../../../core/event.ts';
import type { Status } from '../../../core/status.ts';
import { createApi } from '../../../daemon/engine/api.ts';
import type { Api } from '../../../daemon/engine/api.ts';
import { createMeter } from '../../../daemon/engine/measurements.ts';
import { createEventLog } from '../../../daemon/engine/event-log.ts';
import { sampleStatus } from './sample-status.ts';

export const INFO: EventBody = { kind: 'address', severity: 'info', reason: { code: 'addressesTaken', count: 1 } };

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
}

export const errorCode = (reply: Answer): string => (JSON.parse(reply.text) as { error: { code: string } }).error.code;

export class ApiRig {
  readonly directory = mkdtempSync(join(tmpdir(), 'tandem-api-'));
  readonly socketPath = join(this.directory, 'engine.sock');
  readonly log = createEventLog({ instance: 'a', clock: systemClock, limit: 5000 });
  status: () => Status = sampleStatus;
  readonly asked: ActionRequest[] = [];
  /** What was said of who leads. */
  readonly leader: boolean[] = [];
  answer: ActionAnswer = { actionId: 'act-1' };
  readonly api: Api = this.make();
  /** Ended with the test. */
  readonly opened: { destroy(): unknown }[] = [];

  /** Another API, on the same socket if nothing is said. */
  make(socketPath = this.socketPath): Api {
    return createApi({
      socketPath,
      group: 'no-such-group',
      view: { status: () => this.status() },
      events: this.log,
      measurements: createMeter(systemClock).read,
      act: (action) => (this.asked.push(action), this.answer),
      setLogLevel: (level) => level === 'debug',
      setLeader: (leader) => void this.leader.push(leader),
    });
  }

  async remove(): Promise<void> {
    for (const each of this.opened) each.destroy();
    await this.api.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** The answer, with its body unread. */
  open(method: string, path: string, body?: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-length': body.length };
      const req = request({ socketPath: this.socketPath, method, path, agent: false, headers }, resolve);
      req.on('error', reject);
      this.opened.push(req);
      req.end(body);
    });
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answer> {
    const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await this.open(method, path, sent);
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return { status: response.statusCode ?? 0, headers: response.headers, text };
  }

  /** All that comes back for these bytes. */
  raw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(this.socketPath);
      this.opened.push(socket);
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      socket.on('close', () => resolve(text));
      socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
      socket.write(bytes);
    });
  }
}

/** Reads lines of an open stream until `count` are there, or it ends. */
export async function readLines(response: IncomingMessage, count: number): Promise<unknown[]> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.split('\n').length > count) break;
  }
  const lines = text.trim().split('\n');
  return lines.map((line) => JSON.parse(line) as unknown);
}
