// Brings the printed parts of docs/protocol.md up to date: `node --conditions=source packages/shared/scripts/protocol-docs.ts`.

import { readFileSync, writeFileSync } from 'node:fs';
import { printedInto } from './protocol-page.ts';

const page = new URL('../../../docs/protocol.md', import.meta.url);

writeFileSync(page, printedInto(readFileSync(page, 'utf8')));
