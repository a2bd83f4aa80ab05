// What HEALTHCHECK of the image runs: asks the proxy of this container. It ends with 0 when that is healthy, else with 1.

import { fileURLToPath } from 'node:url';
import { healthOf } from '@pullway/shared/runtime/health-check';
import { FLAGS } from './config/flags.ts';
import { webPaths } from './config/web-paths.ts';

const main = fileURLToPath(new URL('./main.js', import.meta.url));
const { isHealthy, message } = await healthOf({ main, flags: FLAGS, environment: process.env }, (flags) => ({
  listen: flags['web.listen-address'],
  path: `${webPaths(flags).prefix}/-/healthy`,
  mayBeTls: flags['web.config.file'] !== undefined,
}));
process.stdout.write(`${message}\n`);
process.exitCode = isHealthy ? 0 : 1;
