import assert from 'node:assert/strict';
import { managerAccount } from '../../../daemon/guardian/accounts.ts';

const PASSWD = 'root:x:0:0::/root:/bin/sh\ntandem:x:998:997::/:/bin/false\nadmin:x:0:0::/:/bin/sh\n';
const GROUP = 'root:x:0:\ntandem:x:996:\n';
const HOST = { passwd: PASSWD, group: GROUP, uidMap: '0 0 4294967295\n', euid: 0 };

describe('the account of the manager', () => {
  it('is the configured user, in the group that may use the sockets', () => {
    assert.deepEqual(managerAccount('tandem', HOST), { account: { uid: 998, gid: 996 }, warning: null });
  });

  it('is in the user’s own group where there is no group tandem', () => {
    assert.deepEqual(managerAccount('tandem', { ...HOST, group: '' }).account, { uid: 998, gid: 997 });
  });

  it('is nobody where the user does not exist, and says how to make one', () => {
    const { account, warning } = managerAccount('scrub', HOST);
    assert.deepEqual(account, { uid: 65534, gid: 996 });
    assert.match(warning ?? '', /no user scrub.*nobody.*useradd --system scrub/);
  });

  it('is never root, whatever the file says', () => {
    for (const user of ['root', 'admin']) {
      const { account, warning } = managerAccount(user, HOST);
      assert.equal(account?.uid, 65534);
      assert.match(warning ?? '', /is root/);
    }
  });

  it('is the only user of a user namespace, and of a guardian that is not root', () => {
    assert.equal(managerAccount('tandem', { ...HOST, uidMap: '         0       1000          1\n' }).account, null);
    assert.match(managerAccount('tandem', { ...HOST, uidMap: '0 1000 1\n' }).warning ?? '', /one user only/);
    assert.equal(managerAccount('tandem', { ...HOST, euid: 1000 }).account, null);
  });
});
