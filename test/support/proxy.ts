// The built proxy as tests use it: started, asked over HTTP, ended with its test.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ChildProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { sampleOf, sumOf } from './metrics-text.ts';
import { endWith } from './program.ts';
import { startProxy } from './pullway-programs.ts';

/** A first start on a busy machine reads some hundred files. In milliseconds. */
const START_TIMEOUT_MS = 30_000;

/** The log says which ports it got. */
const LISTENING = /msg=listening .*\bweb=[^ ]*:(\d+) tunnel=[^ ]*:(\d+)/;

export interface RunProxyOptions {
  /** In addition to a port of the system's choice, no warm-up unless one is named, and `--insecure` unless `isInsecure` is false. */
  readonly flags?: readonly string[];
  readonly isInsecure?: boolean;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export class RunningProxy {
  readonly program: ChildProgram;
  /** Of the web listener at 127.0.0.1. */
  readonly port: number;
  /** Where agents are taken; the same unless it has a listener of its own for them. */
  readonly tunnelPort: number;

  constructor(program: ChildProgram, port: number, tunnelPort: number) {
    this.program = program;
    this.port = port;
    this.tunnelPort = tunnelPort;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
    const answer = await fetch(this.url + path);
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }

  /** One sample of its own metrics; 0 where there is none. */
  async metric(series: string): Promise<number> {
    return sampleOf((await this.get('/metrics')).text, series) ?? 0;
  }

  async metricSum(name: string): Promise<number> {
    return sumOf((await this.get('/metrics')).text, name);
  }

  /** Settles when `agents` agents have a live tunnel whose targets are known; then nothing is left to chance for a scrape. */
  async hasAgents(agents: number): Promise<void> {
    await eventually(
      async () => {
        const page = (await this.get('/metrics')).text;
        assert.equal(sumOf(page, 'pullway_proxy_agents'), agents, 'agents with a live tunnel');
        assert.ok(sumOf(page, 'pullway_proxy_targets') >= agents, 'each announces its own metrics at least');
      },
      { timeoutMs: 30_000 },
    );
  }

  /** Settles when no scrape and no byte stream is left. */
  async isIdle(): Promise<void> {
    await eventually(async () => {
      const page = (await this.get('/metrics')).text;
      assert.equal(sampleOf(page, 'pullway_proxy_scrapes_in_flight'), 0, 'scrapes in flight at the proxy');
      assert.equal(sampleOf(page, 'pullway_proxy_streams_open'), 0, 'byte streams open at the proxy');
    });
  }
}

/** Starts a proxy at 127.0.0.1 that ends with `test`; settles when it listens. */
export async function runProxy(test: TestContext, options: RunProxyOptions = {}): Promise<RunningProxy> {
  const { flags = [], isInsecure = true, port = 0, env = {} } = options;
  const hasWarmUp = flags.some((flag) => flag.startsWith('--sd.warm-up='));
  const always = [
    `--web.listen-address=127.0.0.1:${port}`,
    ...(hasWarmUp ? [] : ['--sd.warm-up=0s']),
    ...(isInsecure ? ['--insecure'] : []),
  ];
  const program = endWith(test, startProxy([...always, ...flags], env));
  const [, web, tunnel] = await program.outputMatching(LISTENING, START_TIMEOUT_MS);
  return new RunningProxy(program, Number(web), Number(tunnel));
}
