import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { helpText, type Invocation, parseArguments } from '../../source/commands/arguments.ts';
import { DatabaseError } from '../../source/database/database-error.ts';

const parse = (...argv: string[]): Invocation => parseArguments(argv, import.meta);

function failure(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(/[.] See: migtop --help$/);
    return error.message;
  }
  return expect.fail(`it took ${argv.join(' ')}`);
}

const defaults = {
  url: undefined,
  table: 'migration_control',
  intervalSeconds: 1,
  readOnly: false,
  json: false,
  apply: false,
  rogue: false,
  debug: false,
};

describe('the command', () => {
  it.each<[string[], string, string | undefined]>([
    [[], 'monitor', undefined],
    [['dispatch'], 'monitor', 'dispatch'],
    [['postgres://me@db1/dispatch'], 'monitor', 'postgres://me@db1/dispatch'],
    [['--url', 'dispatch'], 'monitor', 'dispatch'],
    [['--url=host=db1 dbname=dispatch'], 'monitor', 'host=db1 dbname=dispatch'],
    [['demo'], 'demo', undefined],
    [['demo', '--rogue'], 'demo', undefined],
    [['status'], 'status', undefined],
    [['status', 'dispatch'], 'status', 'dispatch'],
    [['--url', 'dispatch', 'status'], 'status', 'dispatch'],
    [['init', 'dispatch', '--apply'], 'init', 'dispatch'],
    [['--', 'dispatch'], 'monitor', 'dispatch'],
  ])('of %j is %s on %s', (argv, command, connection) => {
    expect(parse(...argv)).toMatchObject({ command, connection });
  });

  it('has its defaults where nothing else is said', () => {
    expect(parse('dispatch').flags).toMatchObject(defaults);
  });

  it('adds the rogue to the demo where it is asked for', () => {
    expect(parse('demo').flags.rogue).toBe(false);
    expect(parse('demo', '--rogue').flags.rogue).toBe(true);
    expect(parse('--rogue', 'demo').flags.rogue).toBe(true);
  });

  it('takes its flags in any place', () => {
    const flags = { ...defaults, table: 'a.b', intervalSeconds: 0.5, readOnly: true, json: true, debug: true };
    const words = ['--table', 'a.b', '--interval=0.5', '--read-only', '--json', '--debug'];
    expect(parse(...words, 'status').flags).toMatchObject(flags);
    expect(parse('status', ...words).flags).toMatchObject(flags);
  });
});

describe('the version and the help', () => {
  it.each(['--version', '-V'])('%s prints the version of the package', (flag) => {
    expect(parse(flag)).toMatchObject({ command: 'print', text: `migtop ${packageJson.version}` });
  });

  it.each(['--help', '-h'])('%s prints what there is', (flag) => {
    const { text } = parse(flag) as Extract<Invocation, { command: 'print' }>;
    for (const word of [
      'demo',
      'status',
      'init',
      '--url',
      '--table',
      '--interval',
      '--read-only',
      '--json',
      '--rogue',
      '--debug',
    ]) {
      expect(text).toContain(word);
    }
    expect(text).toContain(packageJson.description);
  });

  it('fits a terminal of 120 columns', () => {
    expect(Math.max(...helpText.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('goes before what else is wrong with the arguments', () => {
    expect(parse('--help', 'a', 'b').command).toBe('print');
  });
});

describe('the interval', () => {
  it.each([
    ['0.2', 0.2],
    ['60', 60],
    ['1e1', 10],
    [' 5 ', 5],
  ])('takes %j', (text, seconds) => {
    expect(parse('--interval', text).flags.intervalSeconds).toBe(seconds);
  });

  it.each(['0', '0.1', '-1', '60.1', 'abc', '1s', '1,5', 'NaN', 'Infinity', '-0', '1 2'])(
    'does not take %j',
    (text) => {
      expect(failure('--interval', text)).toBe(
        `--interval takes seconds from 0.2 to 60, not "${text}". See: migtop --help`,
      );
    },
  );

  it.each([[['--interval']], [['--interval=']], [['--interval', '--json']]])('needs a figure in %j', (argv) => {
    expect(failure(...argv)).toMatch(/^--interval needs a number of seconds behind it/);
  });
});

describe('what is wrong with the arguments', () => {
  it.each([
    [['--nope'], 'There is no option --nope.'],
    [['--readonly'], 'There is no option --readonly.'],
    [['--some-thing=1'], 'There is no option --some-thing.'],
    [['-x'], 'There is no option -x.'],
    [['-5'], 'There is no option -5.'],
    [['status', '--nope', '--json'], 'There is no option --nope.'],
    [['a', 'b'], 'One connection at a time: one argument is too many.'],
    [['status', 'a', 'b', 'c'], 'One connection at a time: 2 arguments are too many.'],
    [['a', '--url', 'b'], 'Name the database once'],
    [['demo', 'a'], 'demo brings its own database'],
    [['demo', '--url', 'a'], 'demo brings its own database'],
    [['--json'], '--json goes with: migtop status --json.'],
    [['init', '--json'], '--json goes with'],
    [['status', '--apply'], '--apply goes with: migtop init --apply.'],
    [['--rogue'], '--rogue goes with: migtop demo --rogue.'],
    [['status', '--rogue'], '--rogue goes with'],
    [['--table'], '--table needs the name of a table behind it.'],
    [['--table='], '--table needs the name of a table behind it.'],
    [['--table', 'a', '--table', 'b'], '--table'],
    [['--url', 'a', '--url', 'b'], '--url'],
    [['--url', ' '], '--url needs a connection URL behind it.'],
  ])('is told of %j', (argv, message) => {
    expect(failure(...argv)).toContain(message);
  });

  it.each([
    [['postgres://me:hunter2@db1/a', 'postgres://me:hunter2@db2/b']],
    [['status', 'a', 'password=hunter2']],
    [['--url', 'postgres://me:hunter2@db1/a', 'b']],
    [['--url', 'postgres://me:hunter2@db1/a', '--url', 'postgres://me:hunter2@db1/a']],
    [['--uri=postgres://me:hunter2@db1/a']],
    [['demo', 'postgres://me:hunter2@db1/a']],
  ])('is told without the password in them: case %#', (argv) => {
    expect(failure(...argv)).not.toContain('hunter2');
  });
});
