/** A socket that answers as an engine does, as far as the inline forwarder asks: `GET /status` and the event stream. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { rmSync } from 'node:fs';

export interface EngineStandIn {
  readonly socket: string;
  /** From now on its status has this role, and its readers are told so. `peers`: roles of its peers. */
  become(role: string, peers?: Readonly<Record<string, string>>): void;
  /** Nobody listens any more; every stream ends. */
  stop(): Promise<void>;
}

/** Listens on a path that must not exist yet. */
export async function startEngineStandIn(socket: string, role = 'standby'): Promise<EngineStandIn> {
  const readers = new Set<ServerResponse>();
  let seq = 0;
  let status: object = { role, peers: [] };
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/events') === true) {
      response.writeHead(200);
      response.flushHeaders();
      readers.add(response);
      response.on('close', () => readers.delete(response));
    } else response.end(JSON.stringify(status));
  });
  rmSync(socket, { force: true });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    become(to, peers = {}) {
      status = { role: to, peers: Object.entries(peers).map(([name, theirs]) => ({ name, role: theirs })) };
      seq += 1;
      for (const reader of readers)
        reader.write(`${JSON.stringify({ seq, kind: 'role', to, reason: { code: 'told', text: 'told' } })}\n`);
    },
    async stop() {
      for (const reader of readers) reader.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
