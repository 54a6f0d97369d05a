import assert from 'node:assert/strict';
import { mirrorId, readMirrors } from '../../../fleet/pools/mirrors.ts';

function read(declaration: string | readonly string[]): unknown {
  const mirrors = readMirrors(declaration);
  return mirrors.ok ? mirrors.value.map(mirrorId) : mirrors.error;
}

describe('a declaration of mirrors', () => {
  for (const [declaration, expected] of [
    ['a', ['a:9312']],
    ['a|b|c:9312:shard2', ['a:9312:shard2', 'b:9312:shard2', 'c:9312:shard2']],
    ['a:1:x|b:2:y', ['a:1:x', 'b:2:y']],
    ['a:1|b|c:3:path', ['a:1:path', 'b:3:path', 'c:3:path']],
    ['[2001:db8::1]|192.0.2.1:80', ['[2001:db8::1]:80', '192.0.2.1:80']],
    [
      ['a:1:x', 'b:2:/y/z'],
      ['a:1:x', 'b:2:y/z'],
    ],
    ['a:0', "'a:0': port 0 is not between 1 and 65535"],
    ['a:70000|b', "'a:70000': port 70000 is not between 1 and 65535"],
    ['a||b', "'' is no mirror: expected one such as a:9312:path"],
    ['a b', "'a b' is no mirror: expected one such as a:9312:path"],
    ['a|a', 'a:9312 is named twice: a mirror is one place'],
  ] as const) {
    it(`${JSON.stringify(declaration)} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(read(declaration), expected);
    });
  }

  it('has options of single mirrors in brackets', () => {
    const mirrors = readMirrors('a[blackhole=1]|b:80:p[ha_strategy=nodeads,retry_count=2,conn=persistent]');
    assert.ok(mirrors.ok);
    assert.deepEqual(
      mirrors.value.map(({ options }) => options),
      [{ blackhole: true }, { haStrategy: 'nodeads', retryCount: 2, persistent: true }],
    );
  });

  it('names what an unknown option could have been: there is no nodelay', () => {
    assert.match(String(read('a[ha_strategy=nodelay]')), /^'a\[ha_strategy=nodelay\]': option .*random\|roundrobin/);
  });
});
