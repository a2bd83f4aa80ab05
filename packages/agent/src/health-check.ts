// What HEALTHCHECK of the image runs: asks the agent of this container. It ends with 0 when that is healthy, else with 1.

import { fileURLToPath } from 'node:url';
import { healthOf } from '@pullway/shared/runtime/health-check';
import { AGENT_FLAGS } from './config/flags.ts';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
const { isHealthy, message } = await healthOf({ main, flags: AGENT_FLAGS, environment: process.env }, (flags) => ({
  listen: flags['web.listen-address'],
  path: '/-/healthy',
  mayBeTls: false,
}));
process.stdout.write(`${message}\n`);
process.exitCode = isHealthy ? 0 : 1;
