/**
 * The web server with sample data behind it, for working on the page:
 *   node --import=tsx test/support/web-server.ts [--port 8443] [--scenario protected] [--page FOLDER]
 * Users viewer, operator and admin, each with the password `tandem-demo-NAME`. On its standard input: the name of a scenario shows that one,
 * `conflict` saves the settings as somebody else, `event TEXT` makes one, `end` ends all sessions.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { hashPassword } from '../../config/users/password.ts';
import { replacePrivateFile } from '../../config/private-file.ts';
import { USERS_FILE, usersText } from '../../config/users/users.ts';
import { startWebServer } from '../../webui/server/server.ts';
import { mkdirSync } from 'node:fs';
import { USER_ROLES } from '../../core/api/users.ts';
import { createSampleServices } from './sample-services.ts';
import { SCENARIOS } from './sample-stack.ts';
import type { Scenario } from './sample-stack.ts';

const QUICK = { ln: 10, r: 8, p: 1 };

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8443' },
    scenario: { type: 'string', default: 'protected' },
    page: { type: 'string' },
    lifetime: { type: 'string', default: '43200000' },
  },
});

const isScenario = (text: string): text is Scenario => (SCENARIOS as readonly string[]).includes(text);
const services = createSampleServices(isScenario(values.scenario) ? values.scenario : 'protected');
const folder = mkdtempSync(join(tmpdir(), 'tandem-web-'));
mkdirSync(join(folder, 'manager'));

async function writeUsers(): Promise<void> {
  const at = new Date().toISOString();
  const users = await Promise.all(
    USER_ROLES.map(async (role) => {
      const hash = await hashPassword(`tandem-demo-${role}`, QUICK);
      return { name: role, role, hash, createdAt: at, passwordChangedAt: at };
    }),
  );
  replacePrivateFile(join(folder, USERS_FILE), usersText(users));
}

await writeUsers();
const server = await startWebServer(services, {
  listen: [`127.0.0.1:${values.port}`],
  tls: { certFile: null, keyFile: null },
  sessionLifetimeMs: Number(values.lifetime),
  stateFolder: folder,
  socketPath: join(folder, 'm.sock'),
  log: { info: console.log, warn: console.log, error: console.error },
  cost: QUICK,
  ...(values.page === undefined ? {} : { pageFolder: values.page }),
});
const ticking = setInterval(() => services.tick(), 1000);
console.log(`listening on ${server.urls.join(' ')}; users viewer, operator, admin; password tandem-demo-NAME`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const text = line.trim();
  if (isScenario(text)) services.show(text);
  else if (text === 'conflict') services.settings.saveElsewhere({ peerFailureThreshold: 5 }, 'somebody');
  else if (text === 'end') void writeUsers();
  else if (text.startsWith('event ')) services.say('peer', text.slice(6));
  else if (text !== '') console.log(`scenarios: ${SCENARIOS.join(', ')}; conflict; end; event TEXT`);
});

async function leave(): Promise<void> {
  clearInterval(ticking);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
}
process.on('SIGTERM', () => void leave());
process.on('SIGINT', () => void leave());
