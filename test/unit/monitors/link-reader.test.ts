import assert from 'node:assert/strict';
import { createLinkReader } from '../../../monitors/link-reader.ts';

const view = (known: Readonly<Record<string, boolean>>) => ({
  interface: (name: string) => (known[name] === undefined ? null : { up: known[name] }),
});

describe('the carrier of a port', () => {
  it('is what its driver says, whatever the kernel has told so far', () => {
    const asked = new Map<string, boolean | null>([
      ['eth0', false],
      ['eth1', true],
    ]);
    const read = createLinkReader(view({ eth0: true, eth1: false }), (name) => asked.get(name) ?? null);
    assert.deepEqual([read('eth0'), read('eth1')], [false, true]);
  });

  it('is what the kernel has told where the driver says nothing', () => {
    const read = createLinkReader(view({ eth0: true, eth1: false }), () => null);
    assert.deepEqual([read('eth0'), read('eth1')], [true, false]);
  });

  it('is none where there is no such interface', () => {
    const read = createLinkReader(view({}), () => true);
    assert.equal(read('eth0'), false);
  });

  it('is read from the real driver: the loopback interface has it, one that is not there does not', () => {
    const read = createLinkReader(view({ lo: false, 'no-such-port': true }));
    assert.equal(read('lo'), true, 'by its driver, not by the view');
    assert.equal(read('no-such-port'), true, 'no driver to ask: the view counts');
  });
});
