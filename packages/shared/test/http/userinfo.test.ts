import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hideUserinfo } from '@pullway/shared/http/userinfo';

for (const [text, shown] of [
  ['http://10.0.0.1:9100/metrics', 'http://10.0.0.1:9100/metrics'],
  ['http://me:secret@10.0.0.1/', 'http://***@10.0.0.1/'],
  ['me:secret@10.0.0.1:6443', '***@10.0.0.1:6443'],
  ['ftp://me:se/cr@et@host', 'ftp://***@host'],
  ['me:a\nb@host', '***@host'],
  ['', ''],
] as const) {
  test(`shows ${JSON.stringify(text)} as ${JSON.stringify(shown)}`, () => assert.equal(hideUserinfo(text), shown));
}
