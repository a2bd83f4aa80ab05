// `npm run demo`: from a clean clone to a scrape through the tunnel. `npm run demo -- --once` ends after the first scrape.

import { prepareToolchain, runProgram } from './toolchain.mjs';

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const env = prepareToolchain();
  const built = await runProgram('tsc', ['--build', 'packages/proxy', 'packages/agent'], env);
  if (built !== 0) return built;
  // Ctrl-C reaches the demo as well, and it has programs to stop; until it has, this process waits for it.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
  return runProgram('node', ['--conditions=source', 'test/demo/main.ts', ...args], env);
}
