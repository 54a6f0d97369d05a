import assert from 'node:assert/strict';
import { addressKey, createAllowance } from '../../../../webui/server/access/allowance.ts';
import { createSessions, sameSecret } from '../../../../webui/server/access/sessions.ts';
import { cell, csvLine } from '../../../../webui/server/csv.ts';
import { pathProblem } from '../../../../webui/server/guard.ts';
import { entry } from '../../../support/sample-entry.ts';

describe('an allowance', () => {
  it('lets so many through in a window, and says how long to wait', () => {
    let now = 0;
    const allowance = createAllowance({ most: 2, windowMs: 1000, keys: 10, now: () => now });
    allowance.count('a');
    now = 400;
    allowance.count('a');
    assert.deepEqual([allowance.wait('a'), allowance.wait('b')], [600, 0]);
    now = 1001;
    assert.equal(allowance.wait('a'), 0);
  });

  it('takes one back', () => {
    const allowance = createAllowance({ most: 1, windowMs: 1000, keys: 10, now: () => 0 });
    allowance.count('a');
    allowance.takeBack('a');
    assert.equal(allowance.wait('a'), 0);
  });

  it('forgets who was quiet longest rather than grow', () => {
    const allowance = createAllowance({ most: 1, windowMs: 1000, keys: 2, now: () => 0 });
    for (const key of ['a', 'b', 'a', 'c']) allowance.count(key);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => allowance.wait(key) > 0),
      [true, false, true],
    );
  });
});

describe('the key of an address', () => {
  for (const [address, key] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ] as const) {
    it(`of ${address} is ${key}`, () => assert.equal(addressKey(address), key));
  }
});

describe('sessions', () => {
  it('are bounded for each user: the oldest ends', () => {
    const sessions = createSessions('a', 1000, () => 0);
    const ids = Array.from({ length: 33 }, () => sessions.open('ann', 'viewer').id);
    const other = sessions.open('bob', 'viewer').id;
    assert.equal(sessions.find(ids[0]!), 'expired');
    for (const id of [...ids.slice(1), other]) assert.equal(typeof sessions.find(id), 'object');
    sessions.stop();
  });

  it('tell at their end who waits for it', () => {
    const sessions = createSessions('a', 1000, () => 0);
    const { session } = sessions.open('ann', 'viewer');
    let told = 0;
    sessions.onEnd(session, () => (told += 1));
    sessions.endOf('ann');
    sessions.onEnd(session, () => (told += 1));
    assert.equal(told, 2);
    sessions.stop();
  });

  it('compare secrets of any length', () => {
    assert.deepEqual([sameSecret('a', 'a'), sameSecret('a', 'ab'), sameSecret('', 'a')], [true, false, false]);
  });
});

describe('CSV', () => {
  for (const [text, wanted] of [
    ['plain', 'plain'],
    ['a, b', '"a, b"'],
    ['say "a"', '"say ""a"""'],
    ['=1+1', `"'=1+1"`],
    ['+1', `"'+1"`],
    ['-1', `"'-1"`],
    ['@a', `"'@a"`],
    ['\t=1', `"'\t=1"`],
    ['a=1', 'a=1'],
  ] as const) {
    it(`writes ${JSON.stringify(text)} as ${wanted}`, () => assert.equal(cell(text), wanted));
  }

  it('has one line for an entry, whatever stands in it', () => {
    const line = csvLine(entry({ reason: { code: 'x', text: 'a\r\nb' }, actor: { user: '=ann', from: '::1' } }));
    assert.match(line, /^1,2026-11-21T01:02:03\.456Z,a,role,info,x,"a\r\nb",,,,"'=ann",::1,,,e1\r\n$/);
  });
});

describe('the path of a request', () => {
  for (const path of [
    '/',
    '/api/v1/status?x=../..',
    '/stack/instances/fw-a.b/ha',
    '/assets/index-a1..b2.js',
    '/.well-known/x',
  ]) {
    it(`may be ${path}`, () => assert.equal(pathProblem(path), null));
  }
  for (const path of ['/..', '/a/../b', '/%2e%2e', '/a%2f..%2fb', '/a/%5c', '/a%0ab', '/%e0%80', '/%252e']) {
    it(`may not be ${path}`, () => assert.notEqual(pathProblem(path), null));
  }
});
