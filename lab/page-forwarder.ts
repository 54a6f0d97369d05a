/**
 * A program: beside an instance, hands on what comes to a Unix socket to a TCP port of the same host (lab/page-door.ts).
 * usage: page-forwarder SOCKET PORT. `ready` on stdout when it listens; it ends when its standard input closes, or by a signal.
 */
import { createConnection, createServer } from 'node:net';

const [socket = '', port = ''] = process.argv.slice(2);

const server = createServer((client) => {
  const inside = createConnection({ host: '127.0.0.1', port: Number(port) });
  client.pipe(inside).pipe(client);
  client.on('error', () => inside.destroy());
  inside.on('error', () => client.destroy());
});
process.stdin.on('end', () => process.exit(0)).resume();
server.listen(socket, () => process.stdout.write('ready\n'));
