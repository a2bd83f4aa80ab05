// The demo's command: `--once` shows one scrape and exits with 0, or with 1 and the reason; without it everything stays until
// Ctrl-C. Started by scripts/demo.mjs, which brings Node and builds.

import { once } from 'node:events';
import { Demo } from './demo.ts';

const demo = new Demo((line) => console.log(line));
try {
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await Promise.race([demo.start(), interrupted]);
  if (!process.argv.includes('--once')) {
    console.log('Ctrl-C ends it.');
    await interrupted;
  }
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await demo.stop();
}
