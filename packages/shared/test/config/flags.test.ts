import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@pullway/shared/config/faults';
import { choice, duration, file, integer, listenAddress, size, text, toggle } from '@pullway/shared/config/flag-kinds';
import { environmentName, parseFlags, type FlagTable, type FlagValues } from '@pullway/shared/config/flags';

const TABLE = {
  'web.listen-address': { kind: listenAddress, help: 'Where to listen.', default: ':8080' },
  'config.file': { kind: file, help: 'A file.' },
  'agent.name': { kind: text, help: 'A name.' },
  'sd.warm-up': { kind: duration, help: 'A wait.', default: '10s' },
  'scrape.max-body-bytes': { kind: size, help: 'A size.', default: '512MiB' },
  'scrape.max-concurrent': { kind: integer(1, 1000), help: 'A number.', default: '256' },
  'log.level': { kind: choice('debug', 'info'), help: 'A word.', default: 'info' },
  help: { kind: toggle, help: 'A question.', default: 'false' },
  version: { kind: toggle, help: 'A question.', default: 'false' },
  insecure: { kind: toggle, help: 'A switch.', default: 'false' },
  target: { kind: text, help: 'A list.', repeatable: true },
} as const satisfies FlagTable;

function parse(args: readonly string[], environment: Record<string, string> = {}): FlagValues<typeof TABLE> {
  return parseFlags(TABLE, args, environment);
}

function faultsOf(args: readonly string[], environment: Record<string, string> = {}): readonly string[] {
  try {
    parse(args, environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.faults.map(({ message }) => message);
  }
  return [];
}

test('without arguments each flag has its default, typed by its kind', () => {
  const values = parse([]);
  // These lines do not compile when inference from the table breaks.
  const port: number = values['web.listen-address'].port;
  const level: 'debug' | 'info' = values['log.level'];
  const name: string | undefined = values['agent.name'];
  const targets: readonly string[] = values.target;
  assert.deepEqual([port, level, name, targets], [8080, 'info', undefined, []]);
  assert.equal(values['sd.warm-up'], 10_000);
  assert.equal(values['scrape.max-body-bytes'], 512 * 1024 * 1024);
  assert.equal(values.insecure, false);
  assert.ok(Object.isFrozen(values));
});

test('a value follows its flag after an equals sign or as the next word', () => {
  assert.equal(parse(['--agent.name=a=b'])['agent.name'], 'a=b');
  assert.equal(parse(['--agent.name', 'client'])['agent.name'], 'client');
  assert.equal(parse(['--agent.name', '-'])['agent.name'], '-');
  assert.equal(parse(['--agent.name='])['agent.name'], '');
  assert.deepEqual(parse(['--target=a', '--target', 'b,c']).target, ['a', 'b,c']);
});

const SWITCHES: readonly (readonly [readonly string[], boolean])[] = [
  [['--insecure'], true],
  [['--no-insecure'], false],
  [['--insecure=true'], true],
  [['--insecure=false'], false],
];

test('a switch is turned on by its name and off by --no-', () => {
  for (const [args, wanted] of SWITCHES) assert.equal(parse(args).insecure, wanted, args.join(' '));
});

test('the environment stands in for flags that are not given', () => {
  const environment = {
    PULLWAY_AGENT_NAME: 'from-environment',
    PULLWAY_INSECURE: 'true',
    PULLWAY_TARGET: 'a:1, b:2\nc:3,',
    PULLWAY_SD_WARM_UP: '1m',
  };
  const values = parse(['--sd.warm-up=2s'], environment);
  assert.equal(values['agent.name'], 'from-environment');
  assert.equal(values.insecure, true);
  assert.deepEqual(values.target, ['a:1', 'b:2', 'c:3']);
  assert.equal(values['sd.warm-up'], 2_000);
});

test('an empty variable counts as absent', () => {
  const values = parse([], { PULLWAY_AGENT_NAME: '', PULLWAY_TARGET: '', PULLWAY_SD_WARM_UP: '' });
  assert.deepEqual([values['agent.name'], values.target, values['sd.warm-up']], [undefined, [], 10_000]);
});

test('help is asked for by -h too, and a question never by the environment', () => {
  assert.equal(parse(['-h']).help, true);
  const values = parse([], { PULLWAY_HELP: 'true', PULLWAY_VERSION: '1.2.3' });
  assert.deepEqual([values.help, values.version], [false, false]);
});

test('the variable of a flag has its name in capitals', () => {
  assert.equal(environmentName('web.listen-address'), 'PULLWAY_WEB_LISTEN_ADDRESS');
});

const FAULTS: readonly (readonly [readonly string[], string])[] = [
  [['--web.listen-adress=:1'], 'unknown flag --web.listen-adress; did you mean web.listen-address?'],
  [['--nonsense'], 'unknown flag --nonsense'],
  [['-x'], 'unknown flag -x'],
  // They are names that every object has.
  [['--constructor'], 'unknown flag --constructor'],
  [['--toString=1'], 'unknown flag --toString'],
  [['--__proto__=1'], 'unknown flag --__proto__'],
  [['--agent.name'], 'flag --agent.name needs a value'],
  [['--agent.name', '--insecure'], 'flag --agent.name needs a value'],
  [['--no-agent.name'], 'unknown flag --no-agent.name; --agent.name is no switch'],
  [['--agent.name=a', '--agent.name=b'], 'flag --agent.name is given more than once'],
  [['word'], 'unexpected argument word'],
  [['--', '--insecure'], 'unexpected argument --insecure'],
  [['--insecure', 'true'], 'unexpected argument true'],
  [['--insecure=maybe'], 'flag --insecure: expected true or false, got "maybe"'],
  [['--sd.warm-up=10'], 'flag --sd.warm-up: expected duration, got "10"'],
  [['--scrape.max-concurrent=0'], 'flag --scrape.max-concurrent: expected 1..1000, got "0"'],
  [['--scrape.max-concurrent=1e2'], 'flag --scrape.max-concurrent: expected 1..1000, got "1e2"'],
  [['--log.level=loud'], 'flag --log.level: expected debug|info, got "loud"'],
  [['--config.file='], 'flag --config.file: expected file, got ""'],
  [['--web.listen-address=8080'], 'flag --web.listen-address: expected address, got "8080"'],
];

for (const [args, wanted] of FAULTS) {
  test(`the arguments ${args.join(' ')} are refused`, () => {
    assert.deepEqual(faultsOf(args), [wanted]);
  });
}

test('a fault in the environment names the variable', () => {
  assert.deepEqual(faultsOf([], { PULLWAY_SD_WARM_UP: 'soon' }), ['PULLWAY_SD_WARM_UP: expected duration, got "soon"']);
});

test('all faults are told at once', () => {
  assert.equal(faultsOf(['--nonsense', '--sd.warm-up=x', 'word'], { PULLWAY_LOG_LEVEL: 'loud' }).length, 4);
});
