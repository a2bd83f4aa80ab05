// A pair of proxies, an agent of both and a Prometheus, in which every metric of both programs has come into being: TLS with client certificates,
// one tunnel that cannot be had, scrapes and byte streams that succeed and fail, targets that are left out, discovery that fails.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runAgent, type RunningAgent } from '../support/agent.ts';
import { foundAuthority, type KeyPair } from '../support/certificates.ts';
import { runExporter, type RunningExporter } from '../support/exporter.ts';
import { freePort } from '../support/free-port.ts';
import { runPrometheus, type RunningPrometheus } from '../support/prometheus.ts';
import { runProxy, type RunningProxy } from '../support/proxy.ts';
import { hasHead, rawExchange, scrape } from '../support/scraper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { RULE_FILES } from './mixin-files.ts';

export interface LivingFleet {
  readonly proxy: RunningProxy;
  /** In cluster `prod-eu`, with tunnels to both proxies and none to a third one. */
  readonly agent: RunningAgent;
  readonly prometheus: RunningPrometheus;
}

interface Files {
  readonly folder: string;
  readonly caFile: string;
  readonly certificate: KeyPair;
}

/** Starts all of them; they end with `test`. Settles when scrapes have gone every way there is. */
export async function runFleet(
  test: TestContext,
  programs: Readonly<Record<'prometheus' | 'openssl', string>>,
): Promise<LivingFleet> {
  const folder = await temporaryFolder(test);
  const authority = await foundAuthority(programs.openssl, folder);
  const certificate = await authority.issue('both', ['IP:127.0.0.1']);
  const files = { folder, caFile: authority.caFile, certificate };
  const exporter = await runExporter(test);
  const [proxy, twin] = [await startProxy(test, files), await runProxy(test)];
  const urls = [`https://127.0.0.1:${proxy.tunnelPort}`, twin.url, `http://127.0.0.1:${await freePort()}`];
  const agent = await startAgent(test, files, { proxies: urls, exporter });
  await Promise.all([proxy.hasAgents(1), twin.hasAgents(1)]);
  const prometheus = await runPrometheus(test, programs.prometheus, scrapeConfigs(proxy, twin), RULE_FILES);
  for (const target of [`client.prod-eu:${exporter.port}`, 'nobody:1'])
    await scrape(proxy.port, `http://${target}/metrics`);
  await rawExchange(proxy.port, `CONNECT passed:${exporter.port} HTTP/1.1\r\nHost: x\r\n\r\n`, { isWhole: hasHead });
  const visitor = await runAgent(test, {
    proxies: [`https://127.0.0.1:${proxy.tunnelPort}`],
    name: 'visitor',
    flags: [`--proxy.ca-file=${files.caFile}`],
  });
  await proxy.hasAgents(2);
  await visitor.program.stop();
  return { proxy, agent, prometheus };
}

async function startProxy(test: TestContext, { folder, caFile, certificate }: Files): Promise<RunningProxy> {
  const tunnelConfig = join(folder, 'tunnel.yml');
  await writeFile(
    tunnelConfig,
    `tls_server_config:
  cert_file: ${certificate.certFile}
  key_file: ${certificate.keyFile}
  client_ca_file: ${caFile}
  client_auth_type: VerifyClientCertIfGiven
`,
  );
  return runProxy(test, { flags: ['--tunnel.listen-address=127.0.0.1:0', `--tunnel.config.file=${tunnelConfig}`] });
}

/** Its jobs find a file that is none, a target that relabelling drops and two of one address that exclude each other. */
async function startAgent(
  test: TestContext,
  { folder, caFile, certificate }: Files,
  { proxies, exporter }: { readonly proxies: readonly string[]; readonly exporter: RunningExporter },
): Promise<RunningAgent> {
  const targets = join(folder, 'targets');
  await mkdir(targets);
  await writeFile(join(targets, 'broken.json'), 'nonsense');
  await writeFile(join(targets, 'good.json'), `[{"targets": ["${exporter.hostPort}", "dropped:80"]}]`);
  const config = join(folder, 'agent.yml');
  await writeFile(
    config,
    `scrape_configs:
  - job_name: files
    file_sd_configs: [{ files: ['${targets}/*.json'] }]
    relabel_configs: [{ source_labels: [__address__], regex: 'dropped:80', action: drop }]
  - job_name: rival
    basic_auth: { username: somebody, password: something }
    file_sd_configs: [{ files: ['${targets}/good.json'] }]
    relabel_configs: [{ source_labels: [__address__], regex: 'dropped:80', action: drop }]
`,
  );
  return runAgent(test, {
    proxies,
    // Nothing listens at port 1: these scrapes fail again and again.
    targets: ['127.0.0.1:1'],
    flags: [
      '--agent.cluster=prod-eu',
      `--config.file=${config}`,
      `--target.passthrough=passed:${exporter.port}=${exporter.hostPort}`,
      `--proxy.ca-file=${caFile}`,
      `--proxy.cert-file=${certificate.certFile}`,
      `--proxy.key-file=${certificate.keyFile}`,
    ],
  });
}

function scrapeConfigs(proxy: RunningProxy, twin: RunningProxy): string {
  return `
  - job_name: pullway-proxy
    honor_labels: true
    static_configs: [{ targets: ['127.0.0.1:${proxy.port}', '127.0.0.1:${twin.port}'] }]
  - job_name: clusters
    honor_labels: true
    proxy_url: ${proxy.url}
    http_sd_configs: [{ url: '${proxy.url}/sd', refresh_interval: 1s }]
`;
}
