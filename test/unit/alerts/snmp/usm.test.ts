/** The security model, against the implementation in the node package net-snmp: another author's reading of the same RFCs. */
import assert from 'node:assert/strict';
import snmp from 'net-snmp';
import { createUser, decrypt, encrypt, isSigned, localKey, phraseKey, sign } from '../../../../alerts/snmp/usm.ts';

const ENGINE = Buffer.from('80007ed9050102030405060708', 'hex');
const { sha256 } = snmp.AuthProtocols;
const { aes } = snmp.PrivProtocols;

describe('the user-based security model', () => {
  it('makes of a pass phrase the key that others make', () => {
    const theirs = snmp.Authentication.passwordToKey(sha256, 'a pass phrase', ENGINE);
    assert.deepEqual(localKey(phraseKey('a pass phrase'), ENGINE), theirs);
  });

  it('signs as others do, and sees a single changed bit', () => {
    const key = localKey(phraseKey('a pass phrase'), ENGINE);
    const message = Buffer.alloc(80, 'x').fill(0, 30, 54);
    const theirs = snmp.Authentication.calculateDigest(message, sha256, 'a pass phrase', ENGINE);
    sign(message, 30, key);
    const signature = message.subarray(30, 54);
    assert.deepEqual(signature, theirs);
    assert.ok(isSigned(message, signature, key));
    for (const at of [0, 29, 40, 54, 79]) {
      message[at]! ^= 1;
      assert.equal(isSigned(message, signature, key), false, `byte ${at}`);
      message[at]! ^= 1;
    }
    assert.equal(isSigned(message, signature.subarray(1), key), false, 'a short one');
    assert.equal(isSigned(message, signature, localKey(phraseKey('another phrase'), ENGINE)), false);
  });

  it('encrypts what others can read, and reads what they have encrypted', () => {
    const at = { engineID: ENGINE, engineBoots: 7, engineTime: 123_456 };
    const moment = { boots: 7, time: 123_456 };
    const plain = Buffer.from('a scoped PDU of whatever length');
    const key = localKey(phraseKey('privacy phrase'), ENGINE);
    const salt = Buffer.from('0102030405060708', 'hex');
    const ours = encrypt(plain, key, moment, salt);
    const engine = at as unknown as Parameters<typeof snmp.Encryption.decryptPduAes>[5];
    assert.deepEqual(snmp.Encryption.decryptPduAes(ours, aes, salt, 'privacy phrase', sha256, engine), plain);
    const theirs = snmp.Encryption.encryptPduAes(plain, aes, 'privacy phrase', sha256, engine);
    assert.deepEqual(decrypt(theirs.encryptedPdu, key, moment, theirs.msgPrivacyParameters), plain);
    assert.equal(decrypt(ours, key, moment, salt.subarray(1)), null, 'a salt of the wrong length');
  });

  it('gives a user keys at each engine, and never the same salt twice', () => {
    const user = createUser({
      name: 'u',
      level: 'authPriv',
      authPhrase: 'a pass phrase',
      privPhrase: 'privacy phrase',
    });
    assert.deepEqual(user.keysAt(ENGINE)!.auth, localKey(phraseKey('a pass phrase'), ENGINE));
    assert.deepEqual(user.keysAt(ENGINE)!.priv, localKey(phraseKey('privacy phrase'), ENGINE));
    assert.notDeepEqual(user.keysAt(Buffer.from('another engine')), user.keysAt(ENGINE));
    const salts = new Set(Array.from({ length: 1000 }, () => user.nextSalt().toString('hex')));
    assert.equal(salts.size, 1000);
    const nobody = createUser({ name: 'u', level: 'noAuthNoPriv', authPhrase: null, privPhrase: null });
    assert.equal(nobody.keysAt(ENGINE), null);
  });
});
