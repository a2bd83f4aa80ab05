// What both programs write for people: one line for each event of life, none for each scrape, in either form.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from './support/eventually.ts';
import { runExporter } from './support/exporter.ts';
import { runPair } from './support/pair.ts';
import { scrape } from './support/scraper.ts';

test('a target that fails is reported when it begins to fail and when it answers again, not at each scrape', async (t) => {
  let isBroken = false;
  const exporter = await runExporter(t, (_request, response) => {
    if (isBroken) response.destroy();
    else response.end('up 1\n');
  });
  const { proxy } = await runPair(t, { agent: { targets: [exporter.hostPort] } });
  const url = `http://client:${exporter.port}/metrics`;
  const lines = (message: string): number => proxy.program.output.split(`msg="${message}"`).length - 1;
  for (const [broken, status] of [
    [false, 200],
    [true, 502],
    [false, 200],
  ] as const) {
    isBroken = broken;
    for (let scrapes = 0; scrapes < 5; scrapes += 1) assert.equal((await scrape(proxy.port, url)).status, status);
  }
  await eventually(() => assert.equal(lines('target answers again'), 1));
  assert.equal(lines('target fails'), 1);
  assert.match(
    proxy.program.output,
    new RegExp(
      `level=warn msg="target fails" address=client:${exporter.port} path=/metrics outcome=target_unreachable reason=`,
    ),
  );
});

test('--log.format=json writes one object a line, with time, level and message', async (t) => {
  const flags = ['--log.format=json', '--log.level=debug'];
  const exporter = await runExporter(t);
  const { proxy, agent } = await runPair(t, { agent: { targets: [exporter.hostPort], flags } });
  await scrape(proxy.port, `http://client:${exporter.port}/metrics`);
  const lines = agent.program.output.trimEnd().split('\n');
  assert.ok(lines.length >= 2, agent.program.output);
  for (const line of lines) {
    const record: Record<string, unknown> = JSON.parse(line);
    assert.match(String(record['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.match(String(record['level']), /^(debug|info|warn|error)$/);
    assert.equal(typeof record['msg'], 'string');
  }
});
