import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSocketPaths, makeDirectories, missingPrivileges, takeLock } from '../../../daemon/guardian/ground.ts';
import { createPidFiles } from '../../../daemon/guardian/pid-files.ts';
import { lockable, releasable } from '../../../daemon/memory-lock.ts';
import { openNotifier, watchdogPeriod } from '../../../daemon/notify.ts';
import { NotifySocket } from '../../lab/notify-socket.ts';
import { packageFolder, program, version } from '../../../daemon/where.ts';

describe('what has to be there before anything starts', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tandem-ground-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('privileges: what is missing is named', () => {
    const status = (effective: string): string => `Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t${effective}\n`;
    assert.equal(missingPrivileges(status('000001ffffffffff')), null);
    assert.equal(missingPrivileges(status('0000000000003000')), null);
    assert.match(missingPrivileges(status('0000000000001000')) ?? '', /\(CAP_NET_RAW missing\): run it as root/);
    assert.match(missingPrivileges(status('0000000000000000')) ?? '', /CAP_NET_ADMIN and CAP_NET_RAW missing/);
  });

  it('the socket path fits into 107 bytes, counted as bytes', () => {
    assert.equal(checkSocketPaths(`/${'r'.repeat(107 - '/engine.sock'.length - 1)}`), null);
    assert.match(checkSocketPaths(`/${'r'.repeat(107 - '/engine.sock'.length)}`) ?? '', /108 bytes/);
    assert.match(checkSocketPaths(`/${'ü'.repeat(50)}`) ?? '', /choose a shorter run directory/);
  });

  it('directories are made, readable by all but the one of the guardian', () => {
    const run = join(folder, 'a/run');
    const state = join(folder, 'b/state');
    assert.equal(makeDirectories(run, state), null);
    assert.equal(statSync(run).mode & 0o777, 0o755);
    assert.equal(statSync(join(state, 'guardian')).mode & 0o777, 0o700);
    assert.equal(makeDirectories(run, state), null, 'again');
  });

  it('directories that others can write, or that are none, are refused with what to do', () => {
    const run = join(folder, 'run');
    const state = join(folder, 'state');
    mkdirSync(run);
    chmodSync(run, 0o777);
    assert.match(makeDirectories(run, state) ?? '', /open to others \(mode 777\): chmod 755/);
    chmodSync(run, 0o755);
    mkdirSync(state);
    symlinkSync(folder, join(state, 'guardian'));
    assert.match(makeDirectories(run, state) ?? '', /is no directory/);
    const file = join(folder, 'file');
    writeFileSync(file, '');
    assert.match(makeDirectories(file, state) ?? '', /cannot make the directory .*--run/);
  });

  it('the lock is held by one daemon, which is named to the next', () => {
    const first = takeLock(folder, 4711);
    assert.ok(first.ok);
    const second = takeLock(folder, 4712);
    assert.ok(!second.ok);
    assert.match(second.error, /another tandemd runs on .* \(process 4711\): stop it first/);
    first.value.release();
    const third = takeLock(folder, 4713);
    assert.ok(third.ok);
    third.value.release();
  });

  it('process ids are written and removed, and a survivor is recognised by its script', () => {
    const files = createPidFiles(folder, (text) => assert.fail(text));
    const script = process.argv[1] ?? '';
    files.set('engine', process.pid);
    assert.equal(files.survivor('engine', script), process.pid);
    assert.equal(files.survivor('engine', '/some/other/script.js'), null);
    assert.equal(files.survivor('guardian', script), null);
    files.set('engine', null);
    files.set('engine', null);
    assert.equal(existsSync(join(folder, 'engine.pid')), false);
  });
});

describe('the service manager', () => {
  it('asks for a watchdog by half its time, of the right process', () => {
    assert.equal(watchdogPeriod('2000000', undefined, 1), 1000);
    assert.equal(watchdogPeriod('2000000', '1', 1), 1000);
    assert.equal(watchdogPeriod('2000000', '2', 1), null);
    assert.equal(watchdogPeriod(undefined, undefined, 1), null);
    assert.equal(watchdogPeriod('0', undefined, 1), null);
    assert.equal(watchdogPeriod('soon', undefined, 1), null);
  });

  it('is left alone by the children: its variables are taken out of the environment', () => {
    const environment = { NOTIFY_SOCKET: '/no/such/socket', WATCHDOG_USEC: '1000000', WATCHDOG_PID: '7', PATH: '/bin' };
    const notifier = openNotifier(environment, 7);
    assert.deepEqual(environment, { PATH: '/bin' });
    assert.equal(notifier.watchdogEveryMs, 500);
    notifier.send('READY=1');
    notifier.close();
    notifier.close();
  });

  it('is reached by a path and by an abstract address', async () => {
    for (const path of [join(tmpdir(), `tandem-notify-${process.pid}`), `@tandem-notify-${process.pid}`]) {
      const socket = new NotifySocket(path);
      try {
        const notifier = openNotifier({ NOTIFY_SOCKET: path }, process.pid);
        notifier.send('READY=1', 'STATUS=running');
        assert.equal(await socket.heard(/READY/), 'READY=1\nSTATUS=running');
        notifier.close();
      } finally {
        socket.close();
      }
    }
  });

  it('may be missing', () => {
    for (const socket of [undefined, '', 'relative', `/${'x'.repeat(200)}`, 'vsock:2:1234']) {
      const notifier = openNotifier(
        { ...(socket === undefined ? {} : { NOTIFY_SOCKET: socket }), WATCHDOG_USEC: '1000000' },
        7,
      );
      assert.equal(notifier.watchdogEveryMs, null);
      notifier.send('READY=1');
      notifier.close();
    }
  });
});

describe('locked memory', () => {
  it('is that of files, C heap and stack, and never what V8 gives back', () => {
    const maps = [
      '00400000-00500000 r--p 00000000 fe:00 260689                             /usr/bin/node',
      '00500000-02600000 r-xp 00100000 fe:00 260689                             /usr/bin/node',
      '05e00000-06100000 rw-p 00000000 00:00 0                                  [heap]',
      '21530ff00000-21530ff40000 rw-p 00000000 00:00 0 ',
      '7f951c002000-7f951c003000 ---p 00000000 00:00 0 ',
      '7f951c003000-7f951c03f000 rwxp 00000000 00:00 0 ',
      '7f9628000000-7f9628100000 ---p 00114000 fe:00 5308522                    /opt/koffi.node',
      '7f9628100000-7f9628200000 rw-p 00114000 fe:00 5308522                    /opt/a name with spaces.node',
      '7ffc00000000-7ffc00100000 rw-p 00000000 00:00 0                          [stack]',
      '7ffc00200000-7ffc00204000 r--p 00000000 00:00 0                          [vvar]',
      '7ffc00204000-7ffc00206000 r-xp 00000000 00:00 0                          [vdso]',
      '',
    ].join('\n');
    assert.deepEqual(
      lockable(maps).map(({ from, to }) => `${from.toString(16)}-${to.toString(16)}`),
      ['400000-2600000', '5e00000-6100000', '7f9628100000-7f9628200000', '7ffc00000000-7ffc00100000'],
    );
  });

  it('pages are given back of mapped files alone that nobody wrote to', () => {
    const mapping = (head: string, anonymous: number): string =>
      `${head}\nSize:  9999 kB\nRss:   500 kB\nAnonymous:  ${anonymous} kB\nVmFlags: rd ex mr mw me dw`;
    const smaps = [
      mapping('00400000-00b00000 r--p 00000000 fe:00 26     /usr/bin/node', 0),
      mapping('00b00000-02500000 r-xp 00700000 fe:00 26     /usr/bin/node (deleted)', 0),
      mapping('02600000-05600000 r--p 02201000 fe:00 26     /usr/bin/node', 12),
      mapping('05600000-05a00000 rw-p 05201000 fe:00 26     /usr/bin/node', 0),
      mapping('1fc00000-1ff00000 rw-p 00000000 00:00 0      [heap]', 2700),
      mapping('7f4f5a600000-7f4f5a792000 r-xp 00000000 00:00 0', 0),
      mapping('7f4f5a800000-7f4f5a820000 r-xp 00000000 fe:00 34     /usr/lib/libgcc_s.so.1', 0),
      mapping('7f4f61600000-7f4f61700000 r-xp 00026000 fe:00 33     /usr/lib/libc.so.6', 0),
      '',
    ].join('\n');
    assert.deepEqual(
      releasable(smaps).map(({ from, to }) => `${from.toString(16)}-${to.toString(16)}`),
      ['400000-b00000', 'b00000-2500000', '7f4f61600000-7f4f61700000'],
    );
  });
});

describe('the files of the package', () => {
  it('are found from the sources', () => {
    assert.ok(existsSync(join(packageFolder, 'package.json')));
    assert.match(version(), /^\d+\.\d+\.\d+/);
    const { script, nodeOptions } = program('daemon/main');
    assert.ok(existsSync(script));
    assert.equal(nodeOptions[0], '--import');
  });
});
