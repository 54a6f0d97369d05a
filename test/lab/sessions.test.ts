/** Sessions that really filter (docs/sessions.md): packets from a client, the real helper and nft, asked for over the manager's socket. */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionAsked, SessionList, SessionView } from '../../core/api/sessions.ts';
import { now, until } from '../../lab/clock.ts';
import { attempt } from '../../lab/command.ts';
import { ask } from '../../lab/control.ts';
import { startEcho, startProbe } from '../../lab/probe.ts';
import type { Probe } from '../../lab/probe.ts';
import { launchTandem } from '../../lab/tandem.ts';
import type { Tandem } from '../../lab/tandem.ts';
import { VIP } from '../../lab/topology.ts';
import { config, stage, withBackup } from './stage.ts';

const CLIENT = '10.77.0.254';
/** Another table, which is nobody's business. */
const FOREIGN = 'table inet other { chain input { type filter hook input priority 0; policy accept; }; }';

describe('sessions on one instance', function () {
  this.timeout(90_000);
  const on = stage(withBackup, 'nft');

  const api = (of: Tandem, path: string, method = 'GET', body?: unknown): Promise<unknown> =>
    ask(join(of.run, 'manager.sock'), `/api/v1/${path}`, {
      method,
      limitMs: 20_000,
      ...(body === undefined ? {} : { body }),
    });
  const list = async (of: Tandem): Promise<SessionList> => (await api(of, 'sessions')) as SessionList;
  const start = async (of: Tandem, asked: SessionAsked): Promise<SessionView> =>
    (await api(of, 'sessions', 'POST', asked)) as SessionView;

  async function started(again?: Tandem, sections: object = {}): Promise<Tandem> {
    const more = { manager: { listen: ['127.0.0.1:8443'] }, ...sections };
    const a = launchTandem(on.a.host, config('a', { more }), {
      manager: true,
      ...(again === undefined ? {} : { again }),
    });
    await a.waitRole('active');
    await until(
      () =>
        list(a).then(
          () => true,
          () => null,
        ),
      { what: 'the manager answers', limitMs: 20_000 },
    );
    return a;
  }

  async function probing(): Promise<Probe> {
    await startEcho(on.a.host);
    const probe = startProbe(on.client, VIP, { intervalMs: 5 });
    await probe.answered();
    return probe;
  }

  /** Whether answers come or not, for a while. */
  const isAnswered = (probe: Probe, wanted: boolean): Promise<unknown> => {
    let last = probe.record.last?.at ?? 0;
    let since = performance.now();
    return until(
      () => {
        const newest = probe.record.last?.at ?? 0;
        if (newest !== last) since = performance.now();
        const came = newest !== last;
        last = newest;
        return wanted ? came : performance.now() - since > 400;
      },
      { what: `the probe is ${wanted ? 'answered' : 'not answered'}`, limitMs: 15_000 },
    );
  };
  const rules = (): string => on.a.host.command(['nft', 'list', 'ruleset']);
  const HELD = { target: VIP, features: [{ name: 'blocklist', sources: ['198.51.100.0/24'] }], hold: true } as const;

  it('drop what comes from a source on the blocklist, from the moment that this is acknowledged, and nothing else', async () => {
    on.a.host.command(['nft', '-f', '-'], FOREIGN);
    const a = await started();
    const probe = await probing();
    const { id } = await start(a, HELD);
    await isAnswered(probe, true);
    await api(a, `sessions/${id}/blocklist`, 'POST', { add: [CLIENT] });
    await isAnswered(probe, false);
    await api(a, `sessions/${id}/blocklist`, 'POST', { remove: [CLIENT], add: ['10.77.0.128/25', '10.77.0.192/26'] });
    await isAnswered(probe, false);
    // One network lies in the other: taking it off leaves the other.
    await api(a, `sessions/${id}/blocklist`, 'POST', { remove: ['10.77.0.192/26'] });
    await isAnswered(probe, false);
    await api(a, `sessions/${id}/blocklist`, 'POST', { remove: ['10.77.0.128/25'] });
    await isAnswered(probe, true);
    await api(a, `sessions/${id}`, 'DELETE');
    assert.equal((await list(a)).sessions[0]?.ended?.reason, 'Killed');
    await until(() => !rules().includes('tandem_sessions'), { what: 'the table is gone' });
    assert.match(rules(), /table inet other/);
    await a.stop();
    assert.match(rules(), /table inet other/);
    on.a.host.command(['nft', 'flush', 'ruleset']);
  });

  it('go on filtering while manager and helper are killed, and are in effect again where somebody removed the rules', async () => {
    const a = await started();
    const probe = await probing();
    await start(a, { ...HELD, features: [{ name: 'blocklist', sources: [CLIENT] }] });
    await isAnswered(probe, false);
    a.kill('manager');
    a.kill('helper');
    await isAnswered(probe, false);
    await until(
      async () => {
        const all = await list(a).catch(() => null);
        return all !== null && all.trouble === '' && all.sessions.length === 1 && all.sessions[0]?.ended === null;
      },
      { what: 'the session is there again', limitMs: 20_000 },
    );
    await isAnswered(probe, false);
    on.a.host.command(['nft', 'flush', 'ruleset']);
    await isAnswered(probe, true);
    await isAnswered(probe, false);
    // What a crash leaves behind keeps filtering, and the next start finds it.
    a.kill('guardian');
    await isAnswered(probe, false);
    const again = await started(a);
    await isAnswered(probe, false);
    assert.equal((await list(again)).sessions[0]?.ended, null);
    await again.stop();
    assert.doesNotMatch(rules(), /tandem_sessions/);
  });

  it('limit what goes to the target, and copy it to where an analysis hangs', async () => {
    const a = await started();
    const probe = await probing();
    const sent = (): number =>
      Number(/eth1:\s*(?:\d+\s+){9}(\d+)/.exec(on.a.host.command(['cat', '/proc/net/dev']))?.[1]);
    const before = sent();
    const features = [
      { name: 'ratelimit', packetsPerSecond: 20, per: 'source' },
      { name: 'copy', interface: 'eth1' },
    ] as const;
    const { id } = await start(a, { target: VIP, features, hold: true });
    const from = now();
    await until(() => sent() > before + 500, { what: 'copies leave by eth1', limitMs: 20_000 });
    const { sent: asked, lost } = await probe.report(from);
    assert.ok(lost > asked / 2 && lost < asked, `${lost} of ${asked} lost`);
    await api(a, `sessions/${id}`, 'DELETE');
    await isAnswered(probe, true);
  });

  it('capture into files of their own, until they end', async () => {
    const a = await started();
    await probing();
    const { id } = await start(a, { target: VIP, features: [{ name: 'capture', megabytes: 2 }], hold: true });
    const file = join(a.state, 'captures', `${id}-eth0.pcap0`);
    const packets = (): number => {
      const { stdout } = attempt(['tcpdump', '-n', '-r', file]);
      return stdout.split('\n').filter((line) => line.includes(VIP)).length;
    };
    await until(() => packets() > 50, { what: 'packets to the target are in the file' });
    assert.equal(statSync(file).mode & 0o007, 0, 'not for everybody');
    const running = (): number => on.a.host.command(['pgrep', '-c', '-f', `${id}-eth0`, '-d', ' ']).trim().length;
    a.kill('manager');
    a.kill('helper');
    await until(
      async () =>
        (await list(a).catch(() => null))?.sessions.some((one) => one.id === id && one.ended === null) === true,
      { what: 'it goes on', limitMs: 20_000 },
    );
    const before = packets();
    await until(() => packets() > before, { what: 'the capture was not interrupted' });
    assert.ok(running() > 0);
    await api(a, `sessions/${id}`, 'DELETE');
    await until(() => attempt(['pgrep', '-f', `${id}-eth0`]).code !== 0, { what: 'the capture has ended' });
  });

  it('run the commands that the configuration declares, and nothing that the API could name', async () => {
    const folder = on.a.host.folder('commands');
    const file = join(folder, 'log');
    const script = join(folder, 'feature');
    writeFileSync(
      script,
      `#!/bin/sh\necho "$1 $TANDEM_FEATURE $TANDEM_TARGET $TANDEM_STEP" >> ${file}\n[ "$2" != fail ]\n`,
    );
    chmodSync(script, 0o755);
    const command = (name: string, ...more: readonly string[]): object => ({
      name,
      user: 'root',
      start: [script, 'start', ...more],
      stop: [script, 'stop'],
    });
    const commands = [command('good'), command('bad', 'fail')];
    const a = await started(undefined, { sessions: { commands } });
    const said = (): readonly string[] => readFileSync(file, 'utf8').trim().split('\n');
    const { id, notHa } = await start(a, { target: VIP, features: [{ name: 'command', command: 'good' }], hold: true });
    assert.deepEqual(notHa, ['good']);
    assert.deepEqual(said(), [`start good ${VIP} start`]);
    await api(a, `sessions/${id}`, 'DELETE');
    await until(() => said().length === 2, { what: 'it was stopped' });
    assert.equal(said()[1], `stop good ${VIP} ended`);
    const failing = start(a, { target: VIP, features: [{ name: 'command', command: 'bad' }], hold: true });
    await assert.rejects(failing, /503 .*exit code 1/);
    assert.deepEqual(
      (await list(a)).sessions.filter(({ ended }) => ended === null),
      [],
    );
    await assert.rejects(start(a, { target: VIP, features: [{ name: 'command', command: '/bin/sh' }] }), /400/);
  });
});
