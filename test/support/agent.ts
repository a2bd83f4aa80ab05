// The built agent as tests use it: started, asked over HTTP, ended with its test.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ChildProgram } from './child-program.ts';
import { eventually } from './eventually.ts';
import { sampleOf, sumOf } from './metrics-text.ts';
import { endWith } from './program.ts';
import { startAgent } from './pullway-programs.ts';

/** A first start on a busy machine reads some hundred files. In milliseconds. */
const START_TIMEOUT_MS = 30_000;

export interface RunAgentOptions {
  /** Every `--proxy.url`. */
  readonly proxies: readonly string[];
  readonly name?: string;
  /** Every `--target`. */
  readonly targets?: readonly string[];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class RunningAgent {
  readonly program: ChildProgram;
  /** Of the status server at 127.0.0.1. */
  readonly port: number;

  constructor(program: ChildProgram, port: number) {
    this.program = program;
    this.port = port;
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

  /** Settles when it has a tunnel. */
  async isReady(): Promise<void> {
    await eventually(
      async () => {
        const { status, text } = await this.get('/-/ready');
        assert.equal(status, 200, text);
      },
      { timeoutMs: 30_000 },
    );
  }

  /** Settles when no scrape and no byte stream is left. */
  async isIdle(): Promise<void> {
    await eventually(async () => {
      assert.equal(await this.metric('pullway_agent_scrapes_in_flight'), 0, 'scrapes in flight at the agent');
    });
  }
}

/** Starts an agent that ends with `test`; settles when its status server listens, which is before it has a tunnel. */
export async function runAgent(test: TestContext, options: RunAgentOptions): Promise<RunningAgent> {
  const { proxies, name = 'client', targets = [], flags = [], env = {} } = options;
  const always = [
    ...proxies.map((url) => `--proxy.url=${url}`),
    `--agent.name=${name}`,
    ...targets.map((target) => `--target=${target}`),
    '--web.listen-address=127.0.0.1:0',
  ];
  const program = endWith(test, startAgent([...always, ...flags], env));
  const [, port] = await program.outputMatching(/\bstatus_port"?[=:](\d+)/, START_TIMEOUT_MS);
  return new RunningAgent(program, Number(port));
}
