// The log of a program: pino behind a port of four words. A message is a constant, what varies is in the fields.

import { pino } from 'pino';
import { formatLogfmt } from './logfmt.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['logfmt', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line, with its line feed. */
  readonly write: (line: string) => void;
}

/** A logger whose records begin with `time` (RFC 3339), `level` and `msg`. Errors in the field `error` become their message, causes included. */
export function createLogger({ level, format, write }: LoggerOptions): Logger {
  const destination = {
    write: format === 'json' ? write : (line: string): void => write(formatLogfmt(JSON.parse(line))),
  };
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: errorMessage },
    },
    destination,
  );
}

/** The message of `error`, followed by those of its causes. */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? own : `${own}: ${errorMessage(error.cause)}`;
}
