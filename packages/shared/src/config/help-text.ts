// What --help prints, in the layout of kingpin, which all Prometheus programs use.

import { environmentName, QUESTIONS, type Flag, type FlagTable } from './flags.ts';

const INDENT = ' '.repeat(26);
const WIDTH = 100;

/** Usage, description and every flag with its environment variable. */
export function helpText(program: string, description: string, table: FlagTable): string {
  const flags = Object.entries(table).map(([name, flag]) => `${flagHead(name, flag)}\n${wrap(flagHelp(name, flag))}`);
  return `usage: ${program} [<flags>]\n\n${description}\n\nFlags:\n${flags.join('\n')}\n`;
}

function flagHead(name: string, { kind, repeatable }: Flag<unknown>): string {
  if (QUESTIONS.has(name)) return name === 'help' ? '  -h, --help' : `      --${name}`;
  const value = kind.placeholder === '' ? '' : `=${kind.placeholder}`;
  return `      --${kind.placeholder === '' ? '[no-]' : ''}${name}${value}${repeatable === true ? ' ...' : ''}`;
}

function flagHelp(name: string, flag: Flag<unknown>): string {
  if (QUESTIONS.has(name)) return flag.help;
  const isShown = flag.default !== undefined && flag.kind.placeholder !== '';
  return `${flag.help}${isShown ? ` Default: ${flag.default}` : ''} (${environmentName(name)})`;
}

function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length + 1 > WIDTH - INDENT.length) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.map((line) => `${INDENT}${line}`).join('\n');
}
