/** Each of the eleven fields, saved in the page: the engine that runs has it, and the file on disk has it with every comment kept. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { Document, isScalar, parse } from 'yaml';
import { SETTING_PATHS } from '../../core/api/settings.ts';
import type { SettingName } from '../../core/api/settings.ts';
import type { Status } from '../../core/status.ts';
import { packageFolder } from '../../daemon/where.ts';
import type { StackChange } from '../../lab/stack-config.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { startStream } from '../../lab/traffic.ts';
import { condition, knows, stackOf, startAppliances, startWith } from '../lab/stage.ts';
import { WITH_MANAGER, managed, openDoor } from './instance.ts';
import { button, dialog, labStage } from './lab-stage.ts';

const CHANGE: StackChange = {
  // The interface of the router follows the HA port.
  router: { interface: undefined },
  ha: { port: 11_211 },
  // The interval of the links is not in the file: saving it has to put it there.
  links: { minimumActive: 1 },
  flaps: { max: 6 },
  bandwidth: { enabled: false, minimum: 1024, window: '10s', interfaces: ['wan0'], cooldown: '1s' },
};

const field = (page: Page, name: SettingName) => page.locator(`#setting-${name}`);
const textOf = (tandem: Tandem): string => readFileSync(tandem.config, 'utf8');
const commentsOf = (text: string): readonly string[] => text.match(/#.*$/gm) ?? [];

/** As an administrator keeps it: YAML, with a comment at every setting. */
function commented(settings: Readonly<Record<string, unknown>>): string {
  const document = new Document(settings);
  document.commentBefore = ' kept by hand since 2026';
  for (const path of Object.values(SETTING_PATHS)) {
    const node = document.getIn(path, true);
    if (isScalar(node)) node.comment = ` ${path.join('.')}: asked for by the network team`;
  }
  return document.toString();
}

/** The values in the file, by the dotted paths of the schema. */
function inFile(text: string, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], parse(text));
}

interface Saving {
  readonly name: SettingName;
  /** Types it, or chooses it. */
  readonly put: (page: Page) => Promise<unknown>;
  /** What stands in the file then. */
  readonly written: unknown;
  readonly shows: (status: Status) => boolean;
  /** What asks whether one is sure. */
  readonly sure?: boolean;
}

const typed =
  (name: SettingName, text: string) =>
  (page: Page): Promise<void> =>
    field(page, name).fill(text);

/** Saves one field, and waits for the engine: nothing else in the file is another one afterwards, and no comment is lost. */
async function save(page: Page, tandem: Tandem, { name, put, written, shows, sure = false }: Saving): Promise<void> {
  const path = SETTING_PATHS[name];
  const before = textOf(tandem);
  const revision = (await tandem.status()).configuration.loadedAt;
  await put(page);
  await page.getByText(/^1 change:/).waitFor();
  await button(page, 'Save changes').click();
  if (sure) await dialog(page).getByRole('button', { name: 'Save all the same' }).click();
  await page.getByText(/^Saved, applied in \d+ ms/).waitFor();
  const status = await tandem.waitStatus(shows, `the engine shows ${path.join('.')} as ${String(written)}`);
  assert.notEqual(status.configuration.loadedAt, revision, 'by a reload');
  const after = textOf(tandem);
  assert.equal(inFile(after, path), written);
  assert.deepEqual(commentsOf(after), commentsOf(before));
  const others = Object.values(SETTING_PATHS).filter((one) => one !== path);
  for (const one of others) assert.deepEqual(inFile(after, one), inFile(before, one), one.join('.'));
}

describe('settings saved in the page of a running stack @long', function () {
  this.timeout(120_000);
  const on = labStage();

  async function start(): Promise<{ readonly a: Tandem; readonly b: Tandem; readonly page: Page }> {
    const [a, b] = [
      await startWith(on.a, commented(stackOf(on, 'a', managed(CHANGE))), WITH_MANAGER),
      await startWith(on.b, stackOf(on, 'b', CHANGE)),
    ];
    await a.waitRole('active');
    await knows(a, 'b', 'standby');
    await knows(b, 'a', 'active');
    const page = await (await openDoor(a)).visit('/stack/instances/a/ha/settings');
    return { a, b, page };
  }

  it('HA mode, Primary instance and HA port: who one is, and where the others are', async () => {
    const { a, b, page } = await start();
    const choose = (mode: string) => (one: Page) => one.getByRole('radio', { name: mode, exact: true }).check();
    await save(page, a, {
      name: 'mode',
      put: choose('Active-active'),
      written: 'active-active',
      shows: ({ mode, routers }) => mode === 'active-active' && routers[0]?.group === 'wan',
    });
    await save(page, a, {
      name: 'mode',
      put: choose('Active-passive'),
      written: 'active-passive',
      shows: ({ mode, routers }) => mode === 'active-passive' && routers[0]?.group === 'stack',
    });
    await save(page, a, {
      name: 'primary',
      put: (one) => field(one, 'primary').uncheck(),
      written: false,
      shows: ({ primary, routers }) => !primary && routers[0]?.priority === 100,
    });
    assert.match(await condition(a, 'primaryConflict'), /primary/);
    await save(page, a, {
      name: 'primary',
      put: (one) => field(one, 'primary').check(),
      written: true,
      shows: ({ primary, routers }) => primary && routers[0]?.priority === 200,
    });

    await save(page, a, {
      name: 'port',
      put: typed('port', '11311'),
      written: 11_311,
      shows: ({ peers }) => peers[0]?.health === 'unhealthy',
    });
    assert.match(on.a.host.command(['ss', '-Huln']), /:11311\b/);
    const { code, stderr } = await b.reload(stackOf(on, 'b', { ...CHANGE, ha: { port: 11_311 } }));
    assert.equal(code, 0, stderr);
    await a.waitStatus(({ peers }) => peers[0]?.health === 'healthy', 'they meet again on the other number');

    const over = (name: string): Pick<Saving, 'put' | 'written' | 'shows'> => ({
      put: (one) => field(one, 'interface').selectOption(name),
      written: name,
      shows: ({ routers }) => routers[0]?.interface === name,
    });
    await save(page, a, { name: 'interface', ...over('eth1') });
    await save(page, a, { name: 'interface', ...over('eth2') });
    await knows(a, 'b', 'standby');
  });

  it('Peer check interval, failure and recovery threshold, Maximum allowed flaps', async () => {
    const { a, page } = await start();
    const { since } = await a.status();
    await save(page, a, {
      name: 'peerCheckIntervalMs',
      put: typed('peerCheckIntervalMs', '200'),
      written: '200ms',
      shows: ({ peers }) => peers[0]?.checkIntervalMs === 200,
    });
    await save(page, a, {
      name: 'peerFailureThreshold',
      put: typed('peerFailureThreshold', '7'),
      written: 7,
      shows: ({ peers }) => peers[0]?.failureThreshold === 7,
    });
    await save(page, a, {
      name: 'peerRecoveryThreshold',
      put: typed('peerRecoveryThreshold', '5'),
      written: 5,
      shows: ({ peers }) => peers[0]?.recoveryThreshold === 5,
    });
    await save(page, a, {
      name: 'maximumFlaps',
      put: typed('maximumFlaps', '3'),
      written: 3,
      shows: ({ flaps }) => flaps.max === 3,
    });
    const status = await a.status();
    assert.deepEqual([status.role, status.since], ['active', since], 'the role did not move for any of them');
  });

  it('Link monitoring interval and Minimum active links: what is too few from then on', async () => {
    const { a, b, page } = await start();
    await save(page, a, {
      name: 'linkIntervalMs',
      put: typed('linkIntervalMs', '250'),
      written: '250ms',
      shows: ({ links }) => links.intervalMs === 250,
    });
    await save(page, a, {
      name: 'minimumActiveLinks',
      put: typed('minimumActiveLinks', '0'),
      written: 0,
      shows: ({ links }) => links.minimum === 0,
    });
    on.a.wan.cut();
    const alone = await a.waitStatus(({ links }) => links.active === 0, 'the pair is down');
    assert.deepEqual([alone.role, alone.eligible], ['active', true], 'links do not count');
    await page.getByText(/1 configured, 0 active now/).waitFor();
    await save(page, a, {
      name: 'minimumActiveLinks',
      put: typed('minimumActiveLinks', '1'),
      written: 1,
      shows: ({ role }) => role === 'fault',
      sure: true,
    });
    await b.waitRole('active');
    on.a.wan.restore();
    await a.waitRole('active');
  });

  it('Enable bandwidth monitoring and Minimum bandwidth with its window: what is too little from then on', async () => {
    const { a, b, page } = await start();
    await startAppliances(a, b);
    await startStream(on.topology, 10_000_000);
    await save(page, a, {
      name: 'bandwidthEnabled',
      put: (one) => field(one, 'bandwidthEnabled').check(),
      written: true,
      shows: ({ bandwidth }) => bandwidth.enabled,
    });
    await save(page, a, {
      name: 'bandwidthWindowSeconds',
      put: typed('bandwidthWindowSeconds', '2'),
      written: '2s',
      shows: ({ bandwidth }) => bandwidth.windowSeconds === 2,
    });
    await save(page, a, {
      name: 'minimumBandwidth',
      put: typed('minimumBandwidth', '4 000 000'),
      written: '4Mbps',
      shows: ({ bandwidth }) => bandwidth.minimum === 4_000_000 && bandwidth.state === 'ok',
    });
    await save(page, a, {
      name: 'minimumBandwidth',
      put: async (one) => {
        await typed('minimumBandwidth', '50000000')(one);
        await one.getByText(/this would trigger a failover now/).waitFor();
      },
      written: '50Mbps',
      shows: ({ bandwidth }) => bandwidth.minimum === 50_000_000,
      sure: true,
    });
    await b.waitRole('active');
  });

  it('a bad value is refused in the words of tandemd check; file and engine stay as they are', async () => {
    const { a, page } = await start();
    const text = textOf(a);
    const { mtimeMs, ino } = statSync(a.config);
    const { configuration } = await a.status();
    await field(page, 'peerFailureThreshold').fill('0');
    await field(page, 'maximumFlaps').fill('4');
    const [answer] = await Promise.all([
      page.waitForResponse((one) => one.request().method() === 'PUT'),
      button(page, 'Save changes').click(),
    ]);
    assert.equal(answer.status(), 422);

    const copy = join(a.folder, 'copy.yaml');
    writeFileSync(copy, text.replace(/failureThreshold: \d+/, 'failureThreshold: 0').replace(/max: \d+/, 'max: 4'));
    const checked = await on.a.host.run([
      process.execPath,
      join(packageFolder, 'bin/tandemd'),
      'check',
      '--config',
      copy,
    ]);
    assert.equal(checked.code, 2);
    const [, line, column, path = '', message = ''] =
      /:(\d+):(\d+): ([\w.]+): (.+)$/m.exec(checked.stderr) ?? assert.fail(checked.stderr);
    const { problems } = (await answer.json()) as { problems: readonly Record<string, unknown>[] };
    assert.deepEqual(
      problems.map((one) => [one['path'], one['message'], one['line'], one['column'], one['file']]),
      [[path, message, Number(line), Number(column), a.config]],
    );
    await page.locator('#setting-peerFailureThreshold-error').getByText(message).waitFor();
    assert.equal(await field(page, 'peerFailureThreshold').inputValue(), '0');

    assert.equal(textOf(a), text);
    assert.deepEqual([statSync(a.config).mtimeMs, statSync(a.config).ino], [mtimeMs, ino]);
    const after = await a.status();
    assert.deepEqual([after.configuration, after.flaps.max], [configuration, 6]);
  });
});
