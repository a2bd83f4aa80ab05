import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, text, toggle } from '@pullway/shared/config/flag-kinds';
import { helpText } from '@pullway/shared/config/help-text';

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
    help: { kind: toggle, help: 'Print this text.', default: 'false' },
    version: { kind: toggle, help: 'Print the version.', default: 'false' },
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
