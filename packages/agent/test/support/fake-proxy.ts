// An agent as a whole, and the proxy's end of each tunnel that it opens.

import type { TestContext } from 'node:test';
import { parseFlags } from '@pullway/shared/config/flags';
import type { AnnouncedTarget } from '@pullway/shared/protocol/announcement';
import { ProxySession } from '@pullway/shared/protocol/proxy-session';
import { systemClock } from '@pullway/shared/runtime/clock';
import { Tunnel } from '@pullway/shared/tunnel/tunnel';
import { WebSocketFrames } from '@pullway/shared/tunnel/web-socket';
import { MemoryLogger } from '../../../shared/test/support/memory-logger.ts';
import { Agent } from '../../src/agent.ts';
import { agentConfig } from '../../src/config/agent-config.ts';
import { loadConfigFile } from '../../src/config/config-file.ts';
import { AGENT_FLAGS } from '../../src/config/flags.ts';
import { openTestEndpoint } from './test-endpoint.ts';

/** The proxy's end of each tunnel that an agent opens; each change of targets is one step of `changes`. */
export class FakeProxy {
  readonly sessions: ProxySession[] = [];
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();

  async open(t: TestContext): Promise<URL> {
    return openTestEndpoint(t, {
      accepted: ({ webSocket, socket }) => {
        const frames = new WebSocketFrames(webSocket, socket);
        const tunnel: Tunnel<ProxySession> = new Tunnel<ProxySession>({
          socket: frames,
          now: () => performance.now(),
          createSession: (options) =>
            new ProxySession(options, {
              helloReceived: () => tunnel.session.welcome({ replica: 'r', tunnel: 't' }),
              targetsChanged: () => this.#waiting.resolve(),
              goingAway: () => {},
            }),
          ended: () => {},
        });
        frames.observe(tunnel);
        this.sessions.push(tunnel.session);
      },
    });
  }

  /** Resolves with the addresses in force after the next announcement. */
  async announcement(): Promise<readonly string[]> {
    await this.#waiting.promise;
    this.#waiting = Promise.withResolvers();
    return this.addresses;
  }

  get addresses(): readonly string[] {
    return this.targets.map(({ address }) => address).toSorted();
  }

  /** What was announced in the last tunnel. */
  get targets(): readonly AnnouncedTarget[] {
    return [...(this.sessions.at(-1)?.targets.values() ?? [])];
  }

  async scrape(address: string, path: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let text = '';
    this.sessions.at(-1)?.openScrape(
      { deadlineMs: 5_000, method: 'GET', address, path, headers: [] },
      {
        responded: ({ status }, body, isLast) => {
          text = `${status} ${Buffer.from(body).toString()}`;
          if (isLast) resolve(text);
        },
        received: (bytes, isLast) => {
          text += Buffer.from(bytes).toString();
          if (isLast) resolve(text);
        },
        failed: ({ code, message }) => reject(new Error(`${code}: ${message}`)),
      },
    );
    return promise;
  }
}

export async function startAgent(t: TestContext, url: URL, ...args: string[]) {
  const logger = new MemoryLogger();
  const all = [`--proxy.url=${url.origin}`, '--agent.name=client', '--web.listen-address=127.0.0.1:0', ...args];
  const agent = new Agent(agentConfig(parseFlags(AGENT_FLAGS, all, {}), 'host'), {
    clock: systemClock,
    logger,
    environment: {},
    node: { path: process.execPath, flags: process.execArgv, availableBytes: () => process.availableMemory() },
    readConfigFile: loadConfigFile,
    collectGarbage: () => {},
    instance: 'i',
    random: () => 0,
    facts: {
      cpuUsage: () => ({ user: 0, system: 0 }),
      memoryUsage: () => ({ rss: 0, heapUsed: 0, external: 0 }),
      uptime: () => 0,
      nodeVersion: 'v24',
    },
  });
  await agent.start();
  t.after(() => agent.close({ signal: AbortSignal.abort() }));
  const started = logger.records.find(({ message }) => message === 'agent started');
  return { agent, logger, statusPort: Number(started?.fields['status_port']) };
}
