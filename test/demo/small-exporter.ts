// An exporter of three metrics, for machines without node_exporter.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { freemem, loadavg, uptime } from 'node:os';

/** Serves /metrics at 127.0.0.1:`port`; close the server to end it. */
export async function startSmallExporter(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const isMetrics = request.url === '/metrics';
    response.writeHead(isMetrics ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(isMetrics ? metrics() : 'only /metrics is here\n');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function metrics(): string {
  return [
    gauge('demo_load1', 'Load average of the last minute.', loadavg()[0] ?? 0),
    gauge('demo_memory_free_bytes', 'Memory that is free, in bytes.', freemem()),
    gauge('demo_uptime_seconds', 'Time since the machine started, in seconds.', uptime()),
  ].join('');
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}
