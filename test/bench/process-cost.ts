// What a process has cost so far, as the system counts it (Linux: proc(5)).

import { readFileSync } from 'node:fs';

/** USER_HZ: what the kernel tells programs is in hundredths of a second on every machine that Linux runs on today. */
const MICROSECONDS_PER_TICK = 10_000;

/** Fields 14 and 15 of /proc/PID/stat, counted from the one after the name, which may hold blanks. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** User and system time of all threads of `pid` since it started, in microseconds, in steps of 10 ms. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS])) * MICROSECONDS_PER_TICK;
}

export interface Memory {
  /** Bytes in memory, with the files that other processes share. */
  readonly rss: number;
  /** Bytes that belong to this process alone. */
  readonly anonymous: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return { rss: kibibytes(status, 'VmRSS'), anonymous: kibibytes(status, 'RssAnon') };
}

function kibibytes(status: string, field: string): number {
  const value = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  if (value === undefined) throw new Error(`/proc says nothing of ${field}`);
  return Number(value) * 1024;
}
