import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AnswerRefused, exporterFault, isClosedConnection } from '../../src/scrape/exporter-fault.ts';

const PLACE = { host: '10.0.0.7', port: 9100 };

/** An error as Node and undici make it. The text differs from what is told, since only the code may count. */
function coded(code: string, message = 'some text'): Error {
  return Object.assign(new Error(message), { code });
}

const FAULTS: readonly (readonly [code: string, fault: string, message: string])[] = [
  ['ECONNREFUSED', 'target_unreachable', '10.0.0.7:9100: some text'],
  ['EHOSTUNREACH', 'target_unreachable', '10.0.0.7:9100: some text'],
  ['ETIMEDOUT', 'target_unreachable', '10.0.0.7:9100: some text'],
  ['ENOTFOUND', 'target_unreachable', '10.0.0.7:9100: some text'],
  ['EXPORTER_RESET', 'target_unreachable', '10.0.0.7:9100: some text'],
  ['UND_ERR_SOCKET', 'target_unreachable', '10.0.0.7:9100 closed the connection before the answer was complete'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'target_tls', unknownAuthority()],
  ['UNABLE_TO_GET_ISSUER_CERT', 'target_tls', unknownAuthority()],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'target_tls', unknownAuthority()],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'target_tls', unknownAuthority()],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'target_tls', 'certificate of 10.0.0.7:9100 is self-signed and not trusted'],
  ['CERT_HAS_EXPIRED', 'target_tls', 'certificate of 10.0.0.7:9100 has expired'],
  ['CERT_NOT_YET_VALID', 'target_tls', 'certificate of 10.0.0.7:9100 is not valid yet'],
  ['CERT_REVOKED', 'target_tls', 'certificate of 10.0.0.7:9100 was revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'target_tls', 'certificate of 10.0.0.7:9100 is not valid for this name'],
  ['CERT_SIGNATURE_FAILURE', 'target_tls', 'TLS with 10.0.0.7:9100 failed: CERT_SIGNATURE_FAILURE'],
  ['EPROTO', 'target_tls', 'TLS with 10.0.0.7:9100 failed: EPROTO'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', 'target_tls', 'TLS with 10.0.0.7:9100 failed: ERR_TLS_HANDSHAKE_TIMEOUT'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'target_tls', 'TLS with 10.0.0.7:9100 failed: ERR_SSL_WRONG_VERSION_NUMBER'],
  ['HPE_INVALID_CONSTANT', 'target_protocol', '10.0.0.7:9100 sent a malformed HTTP response'],
  ['UND_ERR_HEADERS_OVERFLOW', 'target_protocol', '10.0.0.7:9100 sent more than 64 KiB of header fields'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'target_protocol', lengthMismatch()],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'target_protocol', lengthMismatch()],
];

for (const [code, fault, message] of FAULTS) {
  test(`${code} is ${fault}`, () => {
    assert.deepEqual(exporterFault(coded(code), PLACE), { code: fault, message });
  });
}

test('an error of the parser is known by its name', () => {
  const error = Object.assign(new Error('Response does not match'), { name: 'HTTPParserError' });
  const message = '10.0.0.7:9100 sent a malformed HTTP response';
  assert.deepEqual(exporterFault(error, PLACE), { code: 'target_protocol', message });
});

test('of several attempts to connect the first tells what is wrong', () => {
  const error = new AggregateError([coded('CERT_HAS_EXPIRED'), coded('ECONNREFUSED')]);
  assert.equal(exporterFault(error, PLACE).message, 'certificate of 10.0.0.7:9100 has expired');
  assert.deepEqual(exporterFault(new AggregateError([], 'none'), PLACE), {
    code: 'target_unreachable',
    message: '10.0.0.7:9100: none',
  });
});

test('a check of our own says itself what is wrong', () => {
  const fault = { code: 'body_too_large', message: 'body of client:9100 is larger than 1 MiB' } as const;
  assert.deepEqual(exporterFault(new AnswerRefused(fault), PLACE), fault);
});

test('names the exporter once, in brackets where its address wants them', () => {
  const refused = coded('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.7:9100');
  assert.equal(exporterFault(refused, PLACE).message, 'connect ECONNREFUSED 10.0.0.7:9100');
  const expired = exporterFault(coded('CERT_HAS_EXPIRED'), { host: 'fd00::7', port: 443 });
  assert.equal(expired.message, 'certificate of [fd00::7]:443 has expired');
});

for (const thrown of ['text', undefined, null, { code: 42 }]) {
  test(`${JSON.stringify(thrown)} that was thrown is an exporter that failed`, () => {
    assert.deepEqual(exporterFault(thrown, PLACE), { code: 'target_unreachable', message: '10.0.0.7:9100 failed' });
  });
}

for (const code of ['UND_ERR_SOCKET', 'EXPORTER_RESET', 'ECONNRESET', 'EPIPE']) {
  test(`${code} is a connection that was closed, worth another try`, () => {
    assert.equal(isClosedConnection(coded(code)), true);
    assert.equal(isClosedConnection(new AggregateError([coded(code)])), true);
  });
}

for (const code of ['ECONNREFUSED', 'CERT_HAS_EXPIRED', 'HPE_INVALID_CONSTANT', '']) {
  test(`${code === '' ? 'an error without a code' : code} would be the same the second time`, () => {
    assert.equal(isClosedConnection(coded(code)), false);
  });
}

function unknownAuthority(): string {
  return 'certificate of 10.0.0.7:9100 is signed by an unknown authority';
}

function lengthMismatch(): string {
  return '10.0.0.7:9100 sent a body that does not match its Content-Length';
}
