// Service discovery for Prometheus (http_sd_configs): /sd, and /clients, the name that users of PushProx know.

import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { WarmUp } from '../fleet/warm-up.ts';
import type { SdAnswers } from './sd-answers.ts';
import { parseSdFilter } from './sd-filter.ts';
import type { SdMetrics } from './sd-metrics.ts';

export interface SdRoutesOptions {
  readonly answers: SdAnswers;
  readonly warmUp: WarmUp;
  readonly metrics: SdMetrics;
}

export function registerSdRoutes(api: FastifyInstance, options: SdRoutesOptions): void {
  for (const path of ['/sd', '/clients']) {
    api.get(path, (request, reply) => answerSd(options, request, reply));
  }
}

async function answerSd(options: SdRoutesOptions, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { answers, warmUp, metrics } = options;
  const leftMs = warmUp.leftMs;
  // An error keeps the targets that Prometheus has, a short list would delete them.
  if (leftMs > 0) return refuse(metrics, reply, 503, 'the fleet is not known yet after the start', Math.ceil(leftMs / 1000));
  const filter = parseSdFilter(request.url.split('?', 2)[1] ?? '');
  if (filter === undefined) return refuse(metrics, reply, 400, 'the query names too many values');
  const answer = await answers.get(filter);
  if (answer === undefined) return refuse(metrics, reply, 503, 'too many different lists are being made', 5);
  metrics.sdAnswered(200, answer.bytes);
  // Never compressed: Prometheus does not accept that here. No charset either, though it would take one.
  void reply.header('content-type', 'application/json').header('content-length', answer.bytes);
  return reply.send(Readable.from(answer.chunks, { objectMode: false }));
}

function refuse(metrics: SdMetrics, reply: FastifyReply, status: number, reason: string, retryAfter?: number): FastifyReply {
  metrics.sdAnswered(status, 0);
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  return reply.code(status).type('text/plain; charset=utf-8').send(`${reason}\n`);
}
