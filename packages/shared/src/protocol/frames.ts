// What a decoded frame is: one type per frame of docs/protocol.md, section 2. No bytes and no behaviour here.

import type { Hello, Welcome } from './handshake.ts';
import type { Announcement } from './announcement.ts';

export const FRAME_TYPES = {
  hello: 0x01,
  welcome: 0x02,
  targets: 0x03,
  ping: 0x04,
  pong: 0x05,
  reconcile: 0x06,
  go_away: 0x07,
  request: 0x10,
  connect: 0x11,
  response: 0x12,
  connected: 0x13,
  data: 0x14,
  credit: 0x15,
  cancel: 0x16,
  failure: 0x17,
} as const;

export const FLAG_END = 0x01;
export const FLAG_OPTIONAL = 0x80;

/** Methods that are forwarded, with their code in REQUEST. */
export const METHOD_CODES = { GET: 1, HEAD: 2 } as const;
export type Method = keyof typeof METHOD_CODES;

/** Why the opener ended an exchange, with the code in CANCEL. */
export const CANCEL_CODES = { scraper_gone: 1, deadline_passed: 2, replica_stopping: 3 } as const;
export type CancelCode = keyof typeof CANCEL_CODES;

/** Why the answerer could not answer, with the code in FAILURE. */
export const FAILURE_CODES = {
  unknown_target: 1,
  not_exposed: 2,
  agent_busy: 3,
  target_unreachable: 4,
  target_tls: 5,
  target_protocol: 6,
  target_timeout: 7,
  body_too_large: 8,
  agent_stopping: 9,
} as const;
export type FailureCode = keyof typeof FAILURE_CODES;

/** Header fields as a flat list: name, value, name, value, … in the order and case of their origin. */
export type HeaderFields = readonly string[];

/** A scrape as the opener asks for it. `deadlineMs` is what is left, relative; `path` includes the query. */
export interface RequestHead {
  readonly deadlineMs: number;
  readonly method: Method;
  readonly address: string;
  readonly path: string;
  readonly headers: HeaderFields;
}

/** A byte stream as the opener asks for it; `deadlineMs` is the time to connect. */
export interface ConnectHead {
  readonly deadlineMs: number;
  readonly address: string;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderFields;
}

export interface GoAway {
  readonly reason: string;
  /** Milliseconds after which the agent should connect anew. */
  readonly reconnectAfterMs: number;
}

export type TunnelFrame =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'targets'; readonly announcement: Announcement }
  | { readonly type: 'ping' | 'pong'; readonly token: Uint8Array }
  | { readonly type: 'reconcile'; readonly newestSeen: number; readonly open: readonly number[] }
  | { readonly type: 'go_away'; readonly goAway: GoAway };

export type ExchangeFrame = { readonly exchange: number } & (
  | { readonly type: 'request'; readonly windowBytes: number; readonly head: RequestHead }
  | { readonly type: 'connect'; readonly windowBytes: number; readonly head: ConnectHead }
  | { readonly type: 'response'; readonly head: ResponseHead; readonly body: Uint8Array; readonly isEnd: boolean }
  | { readonly type: 'connected'; readonly windowBytes: number }
  | { readonly type: 'data'; readonly bytes: Uint8Array; readonly isEnd: boolean }
  | { readonly type: 'credit'; readonly bytes: number }
  | { readonly type: 'cancel'; readonly code: CancelCode; readonly message: string }
  | { readonly type: 'failure'; readonly code: FailureCode; readonly message: string }
);

export type Frame = TunnelFrame | ExchangeFrame;
export type FrameType = Frame['type'];
