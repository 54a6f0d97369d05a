import assert from 'node:assert/strict';
import { endText, featureText, stateWord } from '../../../../webui/client/pages/sessions/words.ts';

describe('sessions in the words of the page', () => {
  it('say their state, and why they ended', () => {
    const word = (state: 'setup' | 'inUse' | 'ended', hold = false): string =>
      stateWord({ state, hold, ended: null }).text;
    assert.deepEqual([word('setup'), word('inUse'), word('inUse', true)], ['Waiting for its client', 'In use', 'Held']);
    const ended = { reason: 'StateLost', text: 'capture is gone', feature: 'capture', at: '' } as const;
    assert.deepEqual(stateWord({ state: 'ended', hold: false, ended }), {
      text: 'StateLost',
      shape: '■',
      tone: 'danger',
    });
    assert.equal(endText({ ended, deadline: null }), 'capture is gone');
    assert.equal(endText({ ended: null, deadline: null }), 'when it is killed');
    assert.equal(
      endText({ ended: null, deadline: { reason: 'Unused', inMs: 12_000 } }),
      'in 12 s with Unused, as it is now',
    );
  });

  it('say what is done', () => {
    assert.equal(featureText({ name: 'blocklist' }, 1), 'blocklist of 1 source');
    const limit = { name: 'ratelimit', per: 'source', bitsPerSecond: 1e7, packetsPerSecond: 50 } as const;
    assert.equal(featureText(limit, 0), 'limit 10 Mb/s and 50 packets/s for each source');
    assert.equal(featureText({ name: 'command', command: 'scrub' }, 0), 'scrub');
  });
});
