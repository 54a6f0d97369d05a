import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import type { Status } from '../../../core/status.ts';
import { ApiRig, INFO, errorCode } from './api-rig.ts';
import { sampleLinks, samplePeer, sampleRouter, sampleStatus } from './sample-status.ts';

describe('the API of the engine', () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = new ApiRig();
    await rig.api.start();
  });

  afterEach(() => rig.remove());

  it('answers with the status', async () => {
    const reply = await rig.ask('GET', '/status');
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['content-type'], 'application/json; charset=utf-8');
    assert.deepEqual(JSON.parse(reply.text), sampleStatus());
  });

  it('answers with routers, version and why', async () => {
    assert.deepEqual(JSON.parse((await rig.ask('GET', '/routers')).text), { routers: [sampleRouter()] });
    const version = JSON.parse((await rig.ask('GET', '/version')).text) as Record<string, unknown>;
    assert.deepEqual([version['version'], version['instance'], version['pid']], ['0.1.0', 'a', process.pid]);
    const why = JSON.parse((await rig.ask('GET', '/why')).text) as Record<string, unknown>;
    assert.deepEqual([why['role'], why['chain']], ['active', ['no advert for wan for 3.61 s']]);
  });

  it('answers with peers, link pairs and tracks, each as in the status', async () => {
    const track = {
      name: 'gateway',
      type: 'ping',
      up: true,
      failing: 0,
      rising: 0,
      weight: 0,
      routers: [],
      detail: '',
    } as const;
    rig.status = () => sampleStatus({ peers: [samplePeer()], links: sampleLinks(), tracks: [track] });
    assert.deepEqual(JSON.parse((await rig.ask('GET', '/peers')).text), { peers: [samplePeer()] });
    assert.deepEqual(JSON.parse((await rig.ask('GET', '/links')).text), sampleLinks());
    assert.deepEqual(JSON.parse((await rig.ask('GET', '/tracks')).text), { tracks: [track] });
  });

  describe('actions', () => {
    it('accepts a switchover with what it says, and tells where its events begin', async () => {
      rig.log.append(INFO);
      const reply = await rig.ask('POST', '/actions/switchover', {
        hold: 'until-released',
        force: true,
        by: 'ann\u001b[31m',
      });
      assert.equal(reply.status, 202);
      assert.deepEqual(JSON.parse(reply.text), { actionId: 'act-1', after: 1, log: rig.log.id });
      assert.deepEqual(rig.asked, [
        { action: 'switchover', to: null, hold: { kind: 'untilReleased' }, force: true, by: 'ann[31m' },
      ]);
    });

    it('takes an empty body for the defaults', async () => {
      await rig.ask('POST', '/actions/switchover');
      await rig.ask('POST', '/actions/switchover', { releaseHold: true, by: 'ann' });
      await rig.ask('POST', '/actions/reload');
      assert.deepEqual(rig.asked, [
        { action: 'switchover', to: null, hold: { kind: 'for', ms: 600_000 }, force: false, by: 'the API' },
        { action: 'releaseHold', by: 'ann' },
        { action: 'reload', by: 'the API' },
      ]);
    });

    it('says why one is refused', async () => {
      rig.answer = { refused: { code: 'notActive', text: 'this instance is not active' } };
      const reply = await rig.ask('POST', '/actions/switchover');
      assert.equal(reply.status, 409);
      assert.deepEqual(JSON.parse(reply.text), { error: { code: 'notActive', text: 'this instance is not active' } });
    });

    const accepted: [string, unknown, unknown][] = [
      ['switchover', { to: 'b' }, { action: 'switchover', to: 'b', hold: { kind: 'for', ms: 600_000 }, force: false }],
      ['maintenance', { on: true }, { action: 'maintenance', on: true, forMs: null, untilReboot: false, force: false }],
      [
        'maintenance',
        { on: true, for: '2h', force: true },
        { action: 'maintenance', on: true, forMs: 7_200_000, untilReboot: false, force: true },
      ],
      [
        'maintenance',
        { on: true, untilReboot: true },
        { action: 'maintenance', on: true, forMs: null, untilReboot: true, force: false },
      ],
      ['maintenance', { on: false, force: false }, { action: 'maintenance', on: false }],
      ['bypass', { engage: true }, { action: 'bypass', engage: true }],
      ['bypass', { engage: false }, { action: 'bypass', engage: false }],
      ['flaps', { reset: true }, { action: 'flapsReset' }],
    ];
    for (const [action, body, request] of accepted) {
      it(`takes ${action} ${JSON.stringify(body)}`, async () => {
        assert.equal((await rig.ask('POST', `/actions/${action}`, { ...(body as object), by: 'ann' })).status, 202);
        assert.deepEqual(rig.asked, [{ ...(request as object), by: 'ann' }]);
      });
    }

    const mistakes: [string, unknown, string][] = [
      ['switchover', { hold: 'soon' }, 'hold must be a duration such as 10m, or until-released, or none'],
      ['switchover', { hold: 10 }, 'hold must be text'],
      ['switchover', { hold: '1ms' }, 'hold must be a duration from 1s to 168h, or until-released, or none'],
      ['switchover', { force: 'yes' }, 'force must be true or false'],
      ['switchover', { by: 7 }, 'by must be text'],
      ['switchover', { unknown: 1 }, "unknown key 'unknown'"],
      ['switchover', { releaseHold: 0 }, 'releaseHold must be true or false'],
      ['switchover', { to: 5 }, 'to must be the name of a peer'],
      ['switchover', { to: '\u0000' }, 'to must be the name of a peer'],
      ['switchover', { releaseHold: true, to: 'b' }, 'releaseHold stands alone: without to, hold and force'],
      ['maintenance', {}, 'on must be true or false'],
      ['maintenance', { on: 'yes' }, 'on must be true or false'],
      ['maintenance', { on: true, for: 7 }, 'for must be text'],
      ['maintenance', { on: true, for: '0s' }, 'for must be a duration from 1s to 8784h'],
      ['maintenance', { on: true, for: 'a day' }, 'for must be a duration such as 2h'],
      ['maintenance', { on: true, for: '1h', untilReboot: true }, 'for and untilReboot exclude each other'],
      ['maintenance', { on: false, for: '1h' }, 'for, untilReboot and force need "on": true'],
      ['maintenance', { on: true, untilReboot: 1 }, 'untilReboot must be true or false'],
      ['maintenance', { on: true, force: 1 }, 'force must be true or false'],
      ['maintenance', { on: true, until: 'x' }, "unknown key 'until'"],
      ['bypass', {}, 'engage must be true or false'],
      ['bypass', { engage: true, release: true }, "unknown key 'release'"],
      ['flaps', {}, 'reset must be true'],
      ['flaps', { reset: false }, 'reset must be true'],
      ['reload', { now: true }, "unknown key 'now'"],
    ];
    for (const [action, body, text] of mistakes) {
      it(`refuses ${action} ${JSON.stringify(body)} as a mistake, and says which`, async () => {
        const reply = await rig.ask('POST', `/actions/${action}`, body);
        assert.deepEqual([reply.status, rig.asked.length], [400, 0]);
        assert.deepEqual(JSON.parse(reply.text), { error: { code: 'invalidBody', text } });
      });
    }

    it('sets the level of the log', async () => {
      assert.deepEqual(JSON.parse((await rig.ask('POST', '/log-level', { level: 'debug' })).text), { level: 'debug' });
      assert.equal((await rig.ask('POST', '/log-level', { level: 'loud' })).status, 400);
      assert.equal((await rig.ask('POST', '/log-level')).status, 400);
    });

    it('is told who leads', async () => {
      assert.deepEqual(JSON.parse((await rig.ask('POST', '/leader', { leader: true })).text), { leader: true });
      assert.equal((await rig.ask('POST', '/leader', { leader: 'a' })).status, 400);
      assert.equal((await rig.ask('POST', '/leader', { leader: false, term: 1 })).status, 400);
      assert.deepEqual(rig.leader, [true]);
    });
  });

  describe('hostile input', () => {
    it('answers unknown paths 404 and wrong methods 405', async () => {
      const missing = await rig.ask('GET', '/__proto__');
      assert.deepEqual([missing.status, errorCode(missing)], [404, 'notFound']);
      const wrong = await rig.ask('DELETE', '/status');
      assert.deepEqual([wrong.status, errorCode(wrong), wrong.headers['allow']], [405, 'methodNotAllowed', 'GET']);
    });

    for (const body of ['{', '[]', 'null', '"x"', '\u0000']) {
      it(`answers the body ${JSON.stringify(body)} with 400`, async () => {
        const reply = await rig.ask('POST', '/actions/reload', body);
        assert.deepEqual([reply.status, errorCode(reply)], [400, 'invalidBody']);
      });
    }

    it('takes no body over 64 KiB', async () => {
      const text = await rig.raw(
        `POST /actions/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 999999\r\n\r\n${' '.repeat(70_000)}`,
      );
      assert.match(text, /^HTTP\/1\.1 413 /);
      assert.equal(rig.asked.length, 0);
    });

    it('takes no headers over 8 KiB', async () => {
      assert.match(
        await rig.raw(`GET /status HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`),
        /^HTTP\/1\.1 431 /,
      );
    });

    for (const bytes of [
      'garbage\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01',
      'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      it(`survives ${JSON.stringify(bytes)}`, async () => {
        const text = await rig.raw(bytes);
        assert.ok(text === '' || text.startsWith('HTTP/1.1 400'), text);
        assert.equal((await rig.ask('GET', '/status')).status, 200);
      });
    }

    for (const query of [
      'after=-1',
      'after=x',
      'after=1e3',
      'limit=',
      'follow=maybe',
      'since=1',
      'latest=9999999999999999999',
    ]) {
      it(`answers /events?${query} with 400`, async () =>
        assert.equal((await rig.ask('GET', `/events?${query}`)).status, 400));
    }

    it('turns a mistake of the engine into 500', async () => {
      rig.status = () => {
        throw new Error('no status today');
      };
      const reply = await rig.ask('GET', '/status');
      assert.deepEqual([reply.status, errorCode(reply)], [500, 'internal']);
      rig.status = sampleStatus;
      assert.equal((await rig.ask('GET', '/status')).status, 200);
    });
  });

  it('makes the status of 255 routers in one piece (prints how long that stands in the way of an advert)', async () => {
    const routers = Array.from({ length: 255 }, (_, i) =>
      sampleRouter({ name: `router-${i}`, id: i + 1, addresses: [`203.0.113.${i}/24`] }),
    );
    const large = sampleStatus({ routers });
    rig.status = () => large;
    const times: number[] = [];
    for (let i = 0; i < 30; i++) {
      const from = performance.now();
      JSON.stringify(large);
      times.push(performance.now() - from);
    }
    const reply = await rig.ask('GET', '/status');
    assert.equal((JSON.parse(reply.text) as Status).routers.length, 255);
    times.sort((a, b) => a - b);
    console.log(
      `      ${Math.round(reply.text.length / 1000)} kB, median ${times[15]!.toFixed(2)} ms, worst ${times[29]!.toFixed(2)} ms`,
    );
  });
});
