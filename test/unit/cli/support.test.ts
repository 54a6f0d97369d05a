import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutSecrets } from '../../../cli/redact.ts';
import { fileName } from '../../../cli/support-bundle.ts';
import { sampleStatus } from '../daemon/sample-status.ts';
import { FakeEngine, NOW } from './fake-engine.ts';

describe('doctor and support bundle', () => {
  let engine: FakeEngine;

  beforeEach(async () => {
    engine = new FakeEngine();
    await engine.start();
  });

  afterEach(() => engine.remove());

  it('finds nothing that fails on a sound instance', async () => {
    const { exit, out } = await engine.tandem('doctor', '--config', 'config/example.yaml');
    assert.equal(exit, 0);
    assert.match(out, /^ok {4}daemon: a answers, version 0\.1\.0, role active\n/);
  });

  it('exits 1 with a fault and 3 without the daemon, but says all the rest', async () => {
    engine.status = sampleStatus({
      faults: [
        {
          name: 'cannotSend',
          scope: 'router',
          router: 'wan',
          hard: true,
          since: sampleStatus().since,
          text: 'wan: adverts cannot be sent',
        },
      ],
    });
    assert.equal((await engine.tandem('doctor')).exit, 1);
    await engine.stop();
    const { exit, json } = await engine.tandem('doctor', '--json');
    assert.equal(exit, 3);
    const { checks, error } = json() as { checks: { name: string }[]; error: { code: string } };
    assert.deepEqual([checks[0]?.name, checks[1]?.name, error.code], ['daemon', 'configuration', 'unreachable']);
  });

  it('writes one file that its owner alone can read, without secrets', async () => {
    const output = join(engine.run, 'bundle.json');
    const config = join(engine.run, 'tandem.yaml');
    const text = readFileSync('config/example.yaml', 'utf8');
    writeFileSync(config, text);
    engine.log.append({ kind: 'config', severity: 'info', reason: { code: 'recovered' } });
    const { exit, out } = await engine.tandem('support-bundle', '--output', output, '--config', config);
    assert.deepEqual([exit, out], [0, `${output}\n`]);
    assert.equal(statSync(output).mode & 0o777, 0o600);
    const bundle = JSON.parse(readFileSync(output, 'utf8')) as {
      status: unknown;
      events: unknown[];
      configuration: object;
    };
    assert.deepEqual([bundle.status, bundle.events.length], [sampleStatus(), 1]);
    assert.ok('plan' in bundle.configuration);
    assert.equal((await engine.tandem('support-bundle', '--output', output)).exit, 1, 'never over a file');
  });

  it('writes a bundle without the daemon too', async () => {
    await engine.stop();
    const output = join(engine.run, 'bundle.json');
    const { exit, err } = await engine.tandem('support-bundle', '--output', output);
    assert.deepEqual([exit, existsSync(output), /without the daemon/.test(err)], [0, true, true]);
  });

  it('takes out whatever has the name of a secret', () => {
    const value = {
      routers: [{ password: 'sesame', name: 'wan' }],
      secretFile: 'x',
      tlsKey: 'k',
      hash: 'h',
      token: null,
    };
    assert.deepEqual(withoutSecrets(value), {
      routers: [{ password: '(removed)', name: 'wan' }],
      secretFile: '(removed)',
      tlsKey: '(removed)',
      hash: 'h',
      token: null,
    });
  });

  it('names the file by instance and time, and leads nowhere else', () => {
    assert.equal(fileName('a', NOW), 'tandem-support-a-20261121T010410Z.json');
    assert.equal(fileName('../../etc/x', NOW), 'tandem-support-.._.._etc_x-20261121T010410Z.json');
  });
});
