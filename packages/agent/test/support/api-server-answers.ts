// The words of the stand-in API server: header fields and bodies as a real one of Kubernetes 1.36 sends them.

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  410: 'Expired',
  429: 'TooManyRequests',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** Go's server announces the length of bodies below this, and sends longer ones in chunks. */
const CHUNKED_FROM_BYTES = 2048;

export function statusObject(status: number, message: string): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(REASONS[status] === undefined ? {} : { reason: REASONS[status] }),
    code: status,
  };
}

export function answerStatus(response: ServerResponse, status: number, message: string): void {
  answerJson(response, statusObject(status, message), { status, pretty: true });
}

export function answerJson(response: ServerResponse, body: object, { status = 200, pretty = false }): void {
  const bytes = Buffer.from(pretty ? JSON.stringify(body, undefined, 2) : `${JSON.stringify(body)}\n`);
  if (bytes.length < CHUNKED_FROM_BYTES) response.setHeader('Content-Length', bytes.length);
  startAnswer(response, status);
  response.write(bytes);
  response.end();
}

export function startAnswer(response: ServerResponse, status: number): void {
  response.setHeader('Audit-Id', randomUUID());
  response.setHeader('Cache-Control', 'no-cache, private');
  response.setHeader('Content-Type', 'application/json');
  if (status !== 401) {
    response.setHeader('X-Kubernetes-Pf-Flowschema-Uid', 'eee356c2-b739-4089-97b6-7c6184f9bb85');
    response.setHeader('X-Kubernetes-Pf-Prioritylevel-Uid', '0c492551-1185-43ce-8964-b4e973e8ea95');
  }
  response.writeHead(status);
  response.flushHeaders();
}
