// A logger that remembers what it was told.

import type { LogFields, Logger, LogLevel } from '@pullway/shared/runtime/logger';

export interface LogRecord {
  readonly level: LogLevel;
  readonly fields: LogFields;
  readonly message: string;
}

export class MemoryLogger implements Logger {
  readonly records: LogRecord[] = [];

  debug(fields: LogFields, message: string): void {
    this.records.push({ level: 'debug', fields, message });
  }

  info(fields: LogFields, message: string): void {
    this.records.push({ level: 'info', fields, message });
  }

  warn(fields: LogFields, message: string): void {
    this.records.push({ level: 'warn', fields, message });
  }

  error(fields: LogFields, message: string): void {
    this.records.push({ level: 'error', fields, message });
  }

  /** `level message` of each record. */
  get lines(): readonly string[] {
    return this.records.map(({ level, message }) => `${level} ${message}`);
  }
}
