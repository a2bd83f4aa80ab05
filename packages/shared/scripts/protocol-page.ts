// The parts of docs/protocol.md that are printed from the code: states, close codes, example bytes. Pure: text in, text out.

import { encodeRequest, encodeResponse, sealHead } from '@pullway/shared/protocol/encode';
import { EXCHANGE_STATES, type ExchangeEvent, type ExchangeState } from '@pullway/shared/protocol/exchange-states';
import { CLOSE_REASONS, type Reconnect } from '@pullway/shared/protocol/protocol-error';

const EVENT_NAMES: Readonly<Record<ExchangeEvent, string>> = {
  response: 'RESPONSE',
  response_end: 'RESPONSE with END',
  connected: 'CONNECTED',
  opener_data: 'DATA of the opener',
  opener_end: 'DATA with END of the opener',
  opener_credit: 'CREDIT of the opener',
  answerer_data: 'DATA of the answerer',
  answerer_end: 'DATA with END of the answerer',
  answerer_credit: 'CREDIT of the answerer',
  cancel: 'CANCEL',
  failure: 'FAILURE',
};

const RECONNECT_NAMES: Readonly<Record<Reconnect, string>> = {
  'with-backoff': 'connects again, with backoff',
  'after-operator': 'tells the operator, and tries again once a minute',
  'as-standby': 'connects again once a minute with `standby` true',
};

/** Where exchanges begin. */
const OPENINGS: readonly (readonly [string, ExchangeState])[] = [
  ['REQUEST', 'requested'],
  ['CONNECT', 'connecting'],
];

const HEX_COLUMNS = 16;

/** `page` with the printed parts as they must be. @throws Error when the page lacks one of the marks. */
export function printedInto(page: string): string {
  const parts = { states: states(), codes: closeCodes(), example: example() };
  return Object.entries(parts).reduce((text, [name, part]) => replacePart(text, name, part), page);
}

function replacePart(page: string, name: string, part: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the page has no part ${name}`);
  return `${page.slice(0, from + begin.length)}\n${part}\n${page.slice(to)}`;
}

function states(): string {
  return `${stateTable()}\n\n${stateDiagram()}`;
}

function stateTable(): string {
  const columns = Object.entries(EXCHANGE_STATES);
  const rows = Object.entries(EVENT_NAMES).map(([event, name]) => {
    const cells = columns.map(([, steps]) => Object.entries(steps).find(([candidate]) => candidate === event)?.[1]);
    return row([name, ...cells.map((state) => state ?? '')]);
  });
  const heads = columns.map(([state]) => state);
  return [row(['frame', ...heads]), row(['---', ...heads.map(() => '---')]), ...rows].join('\n');
}

function stateDiagram(): string {
  const openings = OPENINGS.map(([frame, state]) => `  [*] --> ${state}: ${frame}`);
  const steps = Object.entries(EXCHANGE_STATES).flatMap(([state, transitions]) => stepsOf(state, transitions));
  return ['```mermaid', 'stateDiagram-v2', ...openings, ...steps, '  over --> [*]', '```'].join('\n');
}

/** One arrow for each pair of states; those that lead back to their own state are left to the table. */
function stepsOf(state: string, transitions: Readonly<Partial<Record<ExchangeEvent, ExchangeState>>>): string[] {
  const arrows = new Map<string, string[]>();
  for (const [event, next] of Object.entries(transitions)) {
    const name = Object.entries(EVENT_NAMES).find(([candidate]) => candidate === event)?.[1] ?? event;
    if (next !== state) arrows.set(next, [...(arrows.get(next) ?? []), name]);
  }
  return Array.from(arrows, ([next, names]) => `  ${state} --> ${next}: ${names.join(', ')}`);
}

function closeCodes(): string {
  const rows = Object.entries(CLOSE_REASONS).map(([name, { code, meaning, reconnect }]) =>
    row([String(code), `\`${name}\``, meaning, RECONNECT_NAMES[reconnect]]),
  );
  const other = row(['any other', '', 'the WebSocket broke (RFC 6455, 7.4.1)', RECONNECT_NAMES['with-backoff']]);
  return [row(['code', 'name', 'meaning', 'the agent']), row(['---', '---', '---', '---']), ...rows, other].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function example(): string {
  const head = { deadlineMs: 9500, method: 'GET', address: 'client:9100', path: '/metrics' } as const;
  const request = encodeRequest(1, 262_144, { ...head, headers: ['Accept', 'text/plain'] });
  const answer = sealHead({ status: 200, reason: 'OK', headers: ['Content-Type', 'text/plain'] });
  const body = Buffer.from('up 1\n');
  const response = encodeResponse(1, answer, { chunks: [body], bytes: body.length, isEnd: true });
  const requestLines = annotated(request, [
    [6, 'REQUEST, no flags, exchange 1'],
    [4, '9,500 ms left'],
    [4, 'window of 262,144 bytes'],
    [1, 'GET'],
    [2 + head.address.length, '11 bytes, client:9100'],
    [2 + head.path.length, '8 bytes, /metrics'],
    [17, 'Accept LF text/plain'],
  ]);
  const responseLines = annotated(response, [
    [6, 'RESPONSE, END, exchange 1'],
    [2, '200'],
    [4, '2 bytes, OK'],
    [4, '23 bytes of header block'],
    [23, 'Content-Type LF text/plain'],
    [body.length, 'the body: up 1 LF'],
  ]);
  return ['```', ...requestLines, '', ...responseLines, '```'].join('\n');
}

function annotated(frame: Uint8Array, parts: readonly (readonly [number, string])[]): string[] {
  const lines: string[] = [];
  let offset = 0;
  for (const [bytes, note] of parts) {
    for (let at = 0; at < bytes; at += HEX_COLUMNS) {
      const part = frame.subarray(offset + at, offset + Math.min(at + HEX_COLUMNS, bytes));
      const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
      lines.push(`${hex.padEnd(3 * HEX_COLUMNS)} ${at === 0 ? note : ''}`.trimEnd());
    }
    offset += bytes;
  }
  if (offset !== frame.length) throw new Error('the notes do not cover the frame');
  return lines;
}
