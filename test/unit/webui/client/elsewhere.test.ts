import assert from 'node:assert/strict';
import { arrivalOf, leaving, pageAt } from '../../../../webui/client/api/elsewhere.ts';

const HERE = { host: 'fw-a:8443', pathname: '/stack/sessions', search: '?state=open' };

describe('a page that was sent elsewhere', () => {
  it('is the same page there, and says from where', () => {
    const there = pageAt('https://fw-b.example.com/', HERE);
    assert.equal(there, 'https://fw-b.example.com/stack/sessions?state=open&sent-from=fw-a%3A8443');
    assert.deepEqual(arrivalOf(new URL(there).search), { from: 'fw-a:8443', search: '?state=open' });
  });

  it('knows of nowhere else where nothing is said, or nonsense', () => {
    assert.deepEqual(arrivalOf('?state=open'), { from: null, search: '?state=open' });
    assert.deepEqual(arrivalOf('?sent-from=%3Cb%3E'), { from: null, search: '' });
    assert.deepEqual(arrivalOf(''), { from: null, search: '' });
  });
});

describe('a request that another instance has to answer', () => {
  const answer = { IsSelf: false, LeaderClusterAddress: 'https://fw-b.example.com' };
  const asked = { method: 'GET', answer, here: HERE, arrivedMs: null };

  it('takes the page there, if it only wanted to see', () => {
    const { to, text } = leaving(asked);
    assert.equal(to, 'https://fw-b.example.com/stack/sessions?state=open&sent-from=fw-a%3A8443');
    assert.match(text, /going to https:\/\/fw-b\.example\.com$/);
  });

  it('changes nothing otherwise, and says where it could', () => {
    const { to, text } = leaving({ ...asked, method: 'POST' });
    assert.equal(to, null);
    assert.match(text, /nothing was changed: do it at https:\/\/fw-b\.example\.com$/);
  });

  it('does not pass the page to and fro', () => {
    const { to, text } = leaving({ ...asked, arrivedMs: 500 });
    assert.equal(to, null);
    assert.match(text, /does not lead the stack either/);
    assert.notEqual(leaving({ ...asked, arrivedMs: 60_000 }).to, null);
  });

  for (const [what, other] of [
    ['the leader is this one by now', { IsSelf: true, LeaderClusterAddress: 'https://fw-a' }],
    ['there is none', { IsSelf: false, LeaderClusterAddress: '' }],
    ['what it says is no address', { IsSelf: false, LeaderClusterAddress: 'javascript:alert(1)' }],
    ['there is no answer', null],
  ] as const) {
    it(`is to be tried again where ${what}`, () => {
      const { to, text } = leaving({ ...asked, answer: other });
      assert.equal(to, null);
      assert.match(text, /try again$/);
    });
  }
});
