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

/** A logger of records with `time` (RFC 3339), `level` and `msg`, in logfmt in front. Errors in the field `error` become their message, causes included. */
export function createLogger({ level, format, write }: LoggerOptions): Logger {
  const destination = { write: format === 'json' ? write : (line: string): void => write(logfmtLine(line)) };
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

/** pino writes the message last; the eye looks for it in front, where all Prometheus programs have it. */
function logfmtLine(json: string): string {
  const { time, level, msg, ...fields }: Record<string, unknown> = JSON.parse(json);
  return formatLogfmt({ time, level, msg, ...fields });
}

/** Longest chain of causes that is told; an error may be its own cause. */
const MAX_CAUSES = 8;

/** The message of `error`, followed by those of its causes that it does not hold already. */
export function errorMessage(error: unknown): string {
  const messages = [ownMessage(error)];
  let cause = causeOf(error);
  for (let depth = 1; cause !== undefined && depth < MAX_CAUSES; depth += 1) {
    const message = ownMessage(cause);
    if (!messages.some((told) => told.includes(message))) messages.push(message);
    cause = causeOf(cause);
  }
  return messages.join(': ');
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function ownMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  // What connect() throws after it has tried all addresses of a name: no message, but one error for each address.
  return error instanceof AggregateError ? error.errors.map(ownMessage).join('; ') : error.name;
}
