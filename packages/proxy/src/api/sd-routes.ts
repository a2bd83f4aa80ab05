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

/** In seconds. */
const RETRY_AFTER_BUSY = 5;

export function registerSdRoutes(api: FastifyInstance, options: SdRoutesOptions): void {
  for (const path of ['/sd', '/clients']) {
    api.get(path, (request, reply) => answerSd(options, request, reply));
  }
}

async function answerSd(options: SdRoutesOptions, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { answers, warmUp, metrics } = options;
  const leftMs = warmUp.leftMs;
  // An error keeps the targets that Prometheus has, a short list would delete them.
  if (leftMs > 0) {
    void reply.code(503).header('retry-after', Math.ceil(leftMs / 1000));
    return refuse(metrics, reply, 'the fleet is not known yet after the start');
  }
  const filter = parseSdFilter(request.url.split('?', 2)[1] ?? '');
  if (filter === undefined) return refuse(metrics, reply.code(400), 'the query names too many values');
  const answer = await answers.get(filter);
  if (answer === undefined) {
    void reply.code(503).header('retry-after', RETRY_AFTER_BUSY);
    return refuse(metrics, reply, 'too many different lists are being made');
  }
  metrics.sdAnswered(200, answer.bytes);
  // Never compressed: Prometheus does not accept that here. No charset either, though it would take one.
  void reply.header('content-type', 'application/json').header('content-length', answer.bytes);
  return reply.send(Readable.from(answer.chunks, { objectMode: false }));
}

function refuse(metrics: SdMetrics, reply: FastifyReply, reason: string): FastifyReply {
  metrics.sdAnswered(reply.statusCode, 0);
  return reply.type('text/plain; charset=utf-8').send(`${reason}\n`);
}
