// An answer of the proxy's own: status line with the diagnosis, the same again as body, the code in X-Pullway-Outcome.

import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { reasonPhrase } from '@pullway/shared/http/reason-phrase';
import { OUTCOMES, type Diagnosis } from './outcomes.ts';

/** Answers `response` with `diagnosis`; the connection stays usable. A response that has begun must be cut instead. */
export function refuse(response: ServerResponse, diagnosis: Diagnosis): void {
  const reason = reasonPhrase(diagnosis.reason);
  const body = `${reason}\n`;
  response.writeHead(OUTCOMES[diagnosis.outcome].status, reason, [...refusalHeaders(diagnosis, body.length)]);
  response.end(body);
}

/** The same for a CONNECT or an upgrade, where there is a bare socket, which is closed behind the answer. */
export function refuseSocket(socket: Duplex, diagnosis: Diagnosis): void {
  // A peer that has gone already, or goes while it is answered, is nobody's fault.
  socket.on('error', () => socket.destroy());
  // Nothing times such a socket out: left half open it would stay for as long as its peer likes, and keep the server from closing.
  socket.once('finish', () => socket.destroy());
  // Bytes that nobody has read would turn the close into a reset, which may overtake the answer.
  socket.resume();
  socket.end(refusalText(diagnosis));
}

function refusalText(diagnosis: Diagnosis): string {
  const reason = reasonPhrase(diagnosis.reason);
  const fields = [...refusalHeaders(diagnosis, reason.length + 1), 'Connection', 'close'];
  const lines = [`HTTP/1.1 ${OUTCOMES[diagnosis.outcome].status} ${reason}`];
  for (let i = 0; i < fields.length; i += 2) lines.push(`${fields[i]}: ${fields[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n${reason}\n`;
}

function refusalHeaders({ outcome }: Diagnosis, bodyBytes: number): readonly string[] {
  const fields = [
    'Content-Type',
    'text/plain; charset=utf-8',
    'Content-Length',
    String(bodyBytes),
    'X-Pullway-Outcome',
    outcome,
  ];
  if (outcome === 'scraper_unauthenticated') fields.push('Proxy-Authenticate', 'Basic realm="pullway"');
  if (outcome === 'method_refused') fields.push('Allow', 'GET, HEAD');
  return fields;
}
