/** The service manager's end of sd_notify, for tests: Node has no Unix datagram sockets. */
import { rmSync } from 'node:fs';
import { until } from '../../lab/clock.ts';
import { bindSocket, closeSocket, openSocket, receiveFrom } from '../../vrrp/libc.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;

export class NotifySocket {
  readonly path: string;
  readonly messages: string[] = [];
  readonly #fd: number;
  readonly #timer: NodeJS.Timeout;

  /** A path, or an abstract address that begins with `@` (of the test's own network namespace). */
  constructor(path: string) {
    this.path = path;
    const opened = openSocket(AF_UNIX, SOCK_DGRAM, 0);
    if (!opened.ok) throw new Error(opened.error);
    this.#fd = opened.value;
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path.replace(/^@/, '\0'))]);
    const error = bindSocket(this.#fd, address);
    if (error !== null) throw new Error(`${path}: ${error}`);
    const buffer = Buffer.alloc(4096);
    this.#timer = setInterval(() => {
      for (
        let length = receiveFrom(this.#fd, buffer);
        typeof length === 'number' && length >= 0;
        length = receiveFrom(this.#fd, buffer)
      ) {
        this.messages.push(buffer.toString('utf8', 0, length));
      }
    }, 5);
  }

  /** Waits for a message, from now on or already there. */
  async heard(pattern: RegExp): Promise<string> {
    return until(() => this.messages.find((message) => pattern.test(message)), {
      what: `${String(pattern)} among ${JSON.stringify(this.messages)}`,
    });
  }

  close(): void {
    clearInterval(this.#timer);
    closeSocket(this.#fd);
    if (!this.path.startsWith('@')) rmSync(this.path, { force: true });
  }
}
