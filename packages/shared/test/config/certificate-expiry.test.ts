import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateExpiry } from '@pullway/shared/config/certificate-expiry';
import { EARLY, LATE } from '../support/certificates.ts';

test('tells when a certificate expires', () => {
  assert.equal(certificateExpiry(EARLY.pem), EARLY.expiry);
  assert.equal(certificateExpiry(`subject=CN = test\n${LATE.pem}`), LATE.expiry);
});

test('of a chain the one that expires first counts, wherever it stands', () => {
  assert.equal(certificateExpiry(LATE.pem + EARLY.pem), EARLY.expiry);
  assert.equal(certificateExpiry(EARLY.pem + LATE.pem), EARLY.expiry);
});

test('knows none where there is no certificate that could be read', () => {
  const broken = EARLY.pem.replace(/\n[A-Za-z0-9+/]+\n/, '\nnonsense\n');
  for (const text of ['', 'no certificate', broken]) assert.equal(certificateExpiry(text), undefined);
});
