// What operators and their tools ask: health, readiness, reload, metrics (Prometheus, docs/management_api.md).

import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Registry } from 'prom-client';
import { ConfigError } from '@pullway/shared/config/faults';
import type { WarmUp } from '../fleet/warm-up.ts';

export interface OperationRoutesOptions {
  readonly registry: Registry;
  readonly telemetryPath: string;
  readonly isLifecycleEnabled: boolean;
  readonly warmUp: WarmUp;
  /** The process is about to stop. */
  readonly isStopping: () => boolean;
  /** @throws ConfigError, or whatever kept the new configuration from being used. */
  readonly reload: () => Promise<void>;
}

const TEXT = 'text/plain; charset=utf-8';

export function registerOperationRoutes(api: FastifyInstance, options: OperationRoutesOptions): void {
  api.get('/-/healthy', (_request, reply) => reply.type(TEXT).send('pullway-proxy is healthy.\n'));
  api.get('/-/ready', (_request, reply) => answerReady(options, reply));
  api.get('/-/reload', (_request, reply) =>
    reply.code(405).header('allow', 'POST, PUT').type(TEXT).send('Only POST or PUT requests allowed.\n'),
  );
  api.route({ method: ['POST', 'PUT'], url: '/-/reload', handler: (_request, reply) => answerReload(options, reply) });
  api.get(options.telemetryPath, async (_request, reply) => {
    const text = await options.registry.metrics();
    return reply.type(options.registry.contentType).send(text);
  });
}

/** Agents count on this answer to reach the replica at all, so it must not wait for them. */
function answerReady({ isStopping, warmUp }: OperationRoutesOptions, reply: FastifyReply): FastifyReply {
  if (isStopping()) return reply.code(503).type(TEXT).send('pullway-proxy is stopping.\n');
  const seconds = Math.ceil(warmUp.leftMs / 1000);
  const note = seconds > 0 ? ` Service discovery waits for agents, ${seconds}s more at most.` : '';
  return reply.type(TEXT).send(`pullway-proxy is ready.${note}\n`);
}

async function answerReload(options: OperationRoutesOptions, reply: FastifyReply): Promise<FastifyReply> {
  if (!options.isLifecycleEnabled) {
    return reply.code(403).type(TEXT).send('Lifecycle API is not enabled: see --web.enable-lifecycle.\n');
  }
  try {
    await options.reload();
    return await reply.type(TEXT).send('');
  } catch (error) {
    const status = error instanceof ConfigError ? 400 : 500;
    const message = error instanceof Error ? error.message : String(error);
    return reply.code(status).type(TEXT).send(`failed to reload: ${message}\n`);
  }
}
