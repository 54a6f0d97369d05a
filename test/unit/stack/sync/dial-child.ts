/**
 * A program, started with NODE_EXTRA_CA_CERTS: to it the authority in there is what the authorities of the system are to everybody. usage: dial-child PORT. Says
 * what becomes of a plain TLS connection to 127.0.0.1, and what of a peer that is dialled there.
 */
import { connect } from 'node:tls';
import { dial } from '../../../../stack/sync/dial.ts';
import { keysOf } from './sync-keys.ts';

const [, , text = ''] = process.argv;
const port = Number(text);
const plain = connect({ host: '127.0.0.1', port, servername: 'localhost' });
plain.on('error', (error) => console.log(`plain refused ${error.message}`));
plain.once('secureConnect', () => {
  console.log(`plain ${plain.authorized ? 'authorized' : 'doubtful'}`);
  plain.destroy();
});
const target = { address: '127.0.0.1', port, from: undefined, key: keysOf(1)[0]!, identity: 'edge/a/00000000' };
dial(target, (result) => {
  console.log(`dialled ${result.ok ? 'ok' : result.reason}`);
  if (result.ok) result.socket.destroy();
});
