import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, text, toggle } from '@pullway/shared/config/flag-kinds';
import { askedFor, helpText } from '@pullway/shared/config/help-text';

const HELP = `usage: pullway-proxy [<flags>]

The proxy.

Flags:
  -h, --help
                          Print this text.
      --version
                          Print the version.
      --sd.warm-up=<duration>
                          A wait whose explanation is so long that it does not fit on one line of
                          the terminal. Default: 10s (PULLWAY_SD_WARM_UP)
      --[no-]insecure
                          A switch. (PULLWAY_INSECURE)
      --target=<text> ...
                          A list. (PULLWAY_TARGET)
`;

test('the help text names every flag, its default and its variable', () => {
  const help = helpText('pullway-proxy', 'The proxy.', {
    'sd.warm-up': {
      kind: duration,
      help: 'A wait whose explanation is so long that it does not fit on one line of the terminal.',
      default: '10s',
    },
    insecure: { kind: toggle, help: 'A switch.', default: 'false' },
    target: { kind: text, help: 'A list.', repeatable: true },
  });
  assert.equal(help, HELP);
});

const QUESTIONS: readonly (readonly [readonly string[], 'help' | 'version' | undefined])[] = [
  [['--help'], 'help'],
  [['-h'], 'help'],
  [['--nonsense', '-h'], 'help'],
  [['--version'], 'version'],
  [['--version', '--help'], 'help'],
  [['--insecure'], undefined],
  [[], undefined],
];

test('a question wins over all other arguments', () => {
  for (const [args, wanted] of QUESTIONS) assert.equal(askedFor(args), wanted, args.join(' '));
});
