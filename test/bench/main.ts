// `pnpm bench`: numbers, and no verdict. docs/performance.md says how to read them.

import { once } from 'node:events';
import { Bench } from './bench.ts';
import { parseOptions, USAGE } from './options.ts';

const options = parseOptions(process.argv.slice(2).filter((arg) => arg !== '--'));
if (options === undefined) console.log(USAGE);
else {
  const bench = new Bench(options, (text) => console.log(text));
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  try {
    await Promise.race([bench.start().then(() => bench.run()), interrupted]);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  } finally {
    await bench.stop();
    process.exit();
  }
}
