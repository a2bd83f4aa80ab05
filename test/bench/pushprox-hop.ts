// PushProx, which does what Pullway does, as a hop.

import { startProgram } from '../support/child-program.ts';
import { freePort } from '../support/free-port.ts';
import { findProgram } from '../support/real-program.ts';
import { until } from '../support/until.ts';
import type { Hop } from './hop.ts';

/** Its client resolves its own name to reach the exporter, so that the name must be one of loopback. */
const NAME = 'localhost';

/** Undefined where it is not on PATH. */
export async function startPushprox(exporterPort: number): Promise<Hop | undefined> {
  const proxyCommand = findProgram('pushprox-proxy');
  const clientCommand = findProgram('pushprox-client');
  if (proxyCommand === undefined || clientCommand === undefined) return undefined;
  const port = await freePort();
  const proxy = startProgram('pushprox-proxy', proxyCommand, [`--web.listen-address=127.0.0.1:${port}`]);
  const client = startProgram('pushprox-client', clientCommand, [
    `--proxy-url=http://127.0.0.1:${port}/`,
    `--fqdn=${NAME}`,
    '--metrics-addr=127.0.0.1:0',
  ]);
  await until('the client of PushProx', () => isRegistered(port));
  return {
    name: 'PushProx',
    pids: { proxy: proxy.pid, agent: client.pid },
    route: ({ name }) => ({ port, url: `http://${NAME}:${exporterPort}/${name}` }),
    stop: async () => {
      await client.stop();
      await proxy.stop();
    },
  };
}

async function isRegistered(port: number): Promise<true | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/clients`);
  return (await answer.text()).includes(NAME) ? true : undefined;
}
