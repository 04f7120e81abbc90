import { execFileSync } from 'node:child_process';
import meow from 'meow';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Invocation, parseArguments } from '../../source/commands/arguments.ts';
import { commandWords, everyCommand } from '../../source/commands/command-table.ts';
import { affects, type Flag, flags, usageOf } from '../../source/commands/flags.ts';
import { commandHelp, helpText } from '../../source/commands/help-text.ts';
import { keyWords } from '../../source/commands/key-words.ts';
import { hasOptions, type OptionParser, withCommandHelp } from '../../source/commands/words.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import { ownCommands } from '../../source/monitor/commands.ts';

const parse = (...argv: string[]): Invocation => parseArguments(argv, { meow, importMeta: import.meta });

function failure(...argv: string[]): string {
  try {
    parse(...argv);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    expect(error.kind).toBe('usage');
    expect(error.message).toMatch(/ \(see: migtop --help\)$/);
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
  incident: false,
  redact: false,
  debug: false,
};

it.each<string[][]>([
  [[]],
  [['dispatch']],
  [['postgres://me:secret@db1/dispatch']],
  [['host=db1 dbname=dispatch']],
  [['status', '']],
  [['init', '1e3']],
  [['demo', 'x']],
  [['one', 'two', 'three']],
])('%j, which has no option, means the same without the parser', (argv) => {
  const outcome = (parser: OptionParser | null) => {
    try {
      return parseArguments(argv, parser);
    } catch (error) {
      return error;
    }
  };
  expect(hasOptions(argv)).toBe(false);
  expect(outcome(null)).toEqual(outcome({ meow, importMeta: import.meta }));
});

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

  it('has defaults', () => {
    expect(parse('dispatch').flags).toMatchObject(defaults);
  });

  it('adds the rogue worker to the demo if the option is given', () => {
    expect(parse('demo').flags.rogue).toBe(false);
    expect(parse('demo', '--rogue').flags.rogue).toBe(true);
    expect(parse('--rogue', 'demo').flags.rogue).toBe(true);
  });

  it('accepts its flags at any position', () => {
    const flags = { ...defaults, table: 'a.b', intervalSeconds: 0.5, readOnly: true, json: true, debug: true };
    const words = ['--table', 'a.b', '--interval=0.5', '--read-only', '--json', '--debug'];
    expect(parse(...words, 'status').flags).toMatchObject(flags);
    expect(parse('status', ...words).flags).toMatchObject(flags);
  });
});

function printed(...argv: string[]): string {
  const invocation = parse(...argv);
  return invocation.command === 'print' ? invocation.text : expect.fail(`it runs ${invocation.command}`);
}

/** The words that a shell makes of a command line. */
function words(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

describe('a mistyped command', () => {
  it.each([
    ['statsu', 'status'],
    ['stauts', 'status'],
    ['shwo', 'show'],
    ['puase', 'pause'],
    ['vresion', 'version'],
    ['hlep', 'help'],
  ])('%s may be the name of a database, else %s', (word, near) => {
    expect(parse(word)).toMatchObject({ command: 'monitor', connection: word, near });
    expect(failure(word, 'dispatch')).toContain(`unknown command "${word}"; did you mean: migtop ${near}`);
  });

  it('with an option of another command is no name of a database', () => {
    expect(failure('statsu', '--json')).toContain('unknown command "statsu"; did you mean: migtop status');
  });

  it.each(['dispatch', 'postgres', 'host=statsu', 'STATSU', 'st', 'x'])('is not seen in %s', (word) => {
    expect(parse(word)).not.toHaveProperty('near');
  });
});

it('names the word that stands where an id is missing, unless it may contain a password', () => {
  expect(() => parse('pause', 'abc', '--dry-run')).toThrow(
    'pause takes the ids of operations before "abc", which is no id, or --where FILTER: migtop pause ID… [CONNECTION]',
  );
  expect(() => parse('pause', 'password=secret')).toThrow('pause takes the ids of operations, or --where FILTER');
});

describe('the word of a key', () => {
  it.each([
    ['undo', 'u undoes the last action'],
    ['accept', 'x accepts a failure'],
    ['acknowledge', 'x accepts a failure'],
    ['resize', 'b changes the batch size of an operation'],
  ])('%s may be the name of a database, else it is no command', (word, key) => {
    const text = `"${word}" is no command: in the monitor, ${key}`;
    expect(parse(word)).toMatchObject({ command: 'monitor', connection: word, keyWord: text });
    expect(failure(word, '12')).toContain(text);
    expect(failure(word, '--help')).toContain(text);
    expect(failure('help', word)).toContain(text);
    expect(failure(word, '--reason', 'late')).toContain(text);
  });

  it.each(Object.entries(keyWords))('%s names the chord of the registry', (_word, { id, chord }) => {
    expect(ownCommands.find((command) => command.id === id)?.keys[0]).toBe(chord);
  });

  it.each(['toString', 'pause', 'dispatch'])('is not seen in %s', (word) => {
    expect(parse(word, ...(word === 'pause' ? ['12'] : []))).not.toHaveProperty('keyWord');
  });
});

describe('an argument that is no id', () => {
  it.each([
    [['pause', 'abc', 'host=db1'], '"abc" is no id: migtop pause ID… [CONNECTION], or with --where FILTER'],
    [['skip', '12', 'abc', 'host=db1'], '"abc" is no id: migtop skip ID… [CONNECTION]'],
    [['retry', 'is:failed', 'host=db1'], 'an argument before the connection is no id: migtop retry ID…'],
  ])('of %j is named, not the connection', (argv, text) => {
    expect(failure(...argv)).toContain(text);
  });
});

describe('the version and the help', () => {
  it.each(['--version', '-V'])('%s prints the version of the package', (flag) => {
    expect(parse(flag)).toMatchObject({ command: 'print', text: `migtop ${packageJson.version}` });
  });

  it.each(['--help', '-h'])('%s prints the commands and options', (flag) => {
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
    const texts = [helpText, ...everyCommand.map(({ name }) => commandHelp(name))];
    for (const text of texts) expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it.each(everyCommand.filter(({ name }) => name !== 'monitor'))(
    'of $name has its options, exit codes and an example that the program understands',
    ({ name, examples }) => {
      const text = printed(name, '--help');
      expect(printed('help', name)).toBe(text);
      expect(text).toContain(`$ migtop ${name}`);
      for (const flag of flags as readonly Flag[]) {
        const line = new RegExp(`^ {4}${usageOf(flag).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} `, 'm');
        expect([flag.name, line.test(text)]).toEqual([flag.name, affects(flag, name)]);
      }
      expect(text).toMatch(/\n {2}Exit codes\n {4}0 done {3}/);
      expect([name, examples.length > 0]).toEqual([name, true]);
      for (const { line } of examples) {
        expect(text).toContain(`$ ${line}`);
        // In quotes, the filter language takes `*` literally.
        expect(line).not.toMatch(/"[^"]*\*[^"]*"/);
        const [command = ''] = line.split(/ [|>] /);
        expect(parse(...words(command).slice(1)).command).toBe(
          name === 'help' || name === 'version' || name === 'completion' ? 'print' : name,
        );
      }
    },
  );

  it('the words help and version do the same as the options', () => {
    expect(printed('help')).toBe(printed('--help'));
    expect(printed('version')).toBe(`migtop ${packageJson.version}`);
    expect(failure('help', 'statsu')).toContain('there is no command "statsu"; did you mean: migtop help status');
    expect(failure('help', 'x/y')).toMatch(/^there is no command \(/);
    expect(failure('help', 'status', 'show')).toContain('help takes one command');
    expect(failure('version', 'x')).toContain('version takes no argument');
  });

  it('has precedence over errors in the arguments', () => {
    expect(parse('--help', 'a', 'b').command).toBe('print');
  });
});

describe('the interval', () => {
  it.each([
    ['0.2', 0.2],
    ['60', 60],
    ['1e1', 10],
    [' 5 ', 5],
  ])('accepts %j', (text, seconds) => {
    expect(parse('--interval', text).flags.intervalSeconds).toBe(seconds);
  });

  it.each(['0', '0.1', '-1', '60.1', 'abc', '1s', '1,5', 'NaN', 'Infinity', '-0', '1 2'])(
    'does not take %j',
    (text) => {
      expect(failure('--interval', text)).toBe(
        `--interval takes 0.2 to 60 seconds, not "${text}" (see: migtop --help)`,
      );
    },
  );

  it.each([[['--interval']], [['--interval=']], [['--interval', '--json']]])('needs a number in %j', (argv) => {
    expect(failure(...argv)).toMatch(/^--interval needs a number of seconds \(/);
  });
});

it('takes a filter that begins with a dash', () => {
  expect(parse('skip', '--where', '-is:resolved', 'a')).toMatchObject({ flags: { where: '-is:resolved' } });
});

describe('an option that may be repeated', () => {
  const conditions = 'conditions such as unresolved>5, unresolved>5%, stalled>0, age>60s or late (see: migtop --help)';
  const options = [
    [['status', '--check'], '--critical', conditions],
    [['status', '--check'], '--warning', conditions],
    [['wait'], '--fail-on', conditions],
    [['status'], '--counting', 'TABLE=own, TABLE=batch or TABLE=cumulative (see: migtop --help)'],
  ] as const;

  it('is tested here, whichever it is', () => {
    expect(flags.filter((flag) => 'isMultiple' in flag).map(({ name }) => `--${name}`)).toEqual(
      expect.arrayContaining(options.map(([, option]) => option)),
    );
    expect(flags.filter((flag) => 'isMultiple' in flag)).toHaveLength(options.length);
  });

  it.each(options)('needs a value: %j %s', (command, option, needed) => {
    const forms = [
      [option],
      [`${option}=`],
      [option, ''],
      [option, ' '],
      [option, '--json'],
      [option, '-W'],
      [option, '-'],
      [option, '--', 'a'],
      [`${option}=`, '--', 'a'],
      [`${option}=`, 'a'],
    ];
    for (const form of forms) expect(failure(...command, ...form), form.join(' ')).toBe(`${option} needs ${needed}`);
  });

  it('needs a value each time', () => {
    expect(failure('status', '--check', '--critical', 'late', '--critical')).toContain('--critical needs conditions');
    expect(failure('status', '--check', '--critical', '--critical', 'late')).toContain('--critical needs conditions');
    expect(parse('wait', '--fail-on', 'late', '--fail-on=stalled>0', 'a')).toMatchObject({
      connection: 'a',
      flags: { failOn: [{ text: 'late' }, { text: 'stalled>0' }] },
    });
  });
});

describe('an error in the arguments', () => {
  it.each([
    [['--nope'], 'unknown option --nope (see: migtop --help)'],
    [['--readonly'], 'unknown option --readonly (see: migtop --help)'],
    [['--some-thing=1'], 'unknown option --some-thing (see: migtop --help)'],
    [['-x'], 'unknown option -x (see: migtop --help)'],
    [['-5'], 'unknown option -5 (see: migtop --help)'],
    [['status', '--nope', '--json'], 'unknown option --nope (see: migtop --help)'],
    [['status', '--until', '-2h'], '--until: neither a time nor a duration'],
    [['status', '--since', '-2h'], '--since: neither a time nor a duration'],
    [['status', '--until', '-W'], '--until needs a time'],
    [['wait', '--for', '-x'], '--for takes one of done, idle, failed'],
    [['a', 'b'], 'unexpected argument "b": migtop takes one connection'],
    [['takeover', 'a', '1'], 'the ids come before the connection: migtop takeover ID… [CONNECTION]'],
    [['status', 'a', 'b', 'c'], 'unexpected argument "b"'],
    [['a', 'host=db1 user=me'], 'unexpected argument: migtop takes one connection'],
    [['a', '--url', 'b'], 'name the database once'],
    [['demo', 'a'], 'demo starts its own database'],
    [['demo', '--url', 'a'], 'demo starts its own database'],
    [
      ['--json'],
      '--json is only valid with status, show, doctor, pause, resume, skip, retry and takeover: migtop status --json',
    ],
    [['init', '--json'], '--json is only valid with status'],
    [['status', '--apply'], '--apply is only valid with init: migtop init --apply'],
    [
      ['status', '--check', '--fail-on', 'stalled>0'],
      '--fail-on is only valid with wait: migtop wait --fail-on CONDITIONS; status --check takes --warning and --critical',
    ],
    [['wait', '--critical', 'stalled>0'], 'migtop status --critical CONDITIONS; wait takes --fail-on'],
    [['--rogue'], '--rogue is only valid with demo: migtop demo --rogue'],
    [['status', '--rogue'], '--rogue is only valid with demo'],
    [['--table'], '--table needs a name'],
    [['--table='], '--table needs a name'],
    [['--table', 'a', '--table', 'b'], '--table'],
    [['--url', 'a', '--url', 'b'], '--url'],
    [['--url', ' '], '--url needs a connection URL'],
  ])('is reported for %j', (argv, message) => {
    expect(failure(...argv)).toContain(message);
  });

  it.each([
    [['postgres://me:hunter2@db1/a', 'postgres://me:hunter2@db2/b']],
    [['status', 'a', 'password=hunter2']],
    [['--url', 'postgres://me:hunter2@db1/a', 'b']],
    [['--url', 'postgres://me:hunter2@db1/a', '--url', 'postgres://me:hunter2@db1/a']],
    [['--uri=postgres://me:hunter2@db1/a']],
    [['demo', 'postgres://me:hunter2@db1/a']],
  ])('is reported without the password in them: case %#', (argv) => {
    expect(failure(...argv)).not.toContain('hunter2');
  });
});

it('names the help of the command that was typed, if one was', () => {
  const messageOf = (...argv: string[]): string => {
    try {
      parse(...argv);
    } catch (error) {
      return withCommandHelp(error, argv) instanceof Error ? String(withCommandHelp(error, argv)) : '';
    }
    return '';
  };
  expect(messageOf('show')).toMatch(/ \(see: migtop show --help\)$/);
  expect(messageOf('skip', '--bogus')).toMatch(/ \(see: migtop skip --help\)$/);
  expect(messageOf('--bogus')).toMatch(/ \(see: migtop --help\)$/);
  for (const word of commandWords.filter((one) => one !== 'help' && (one as string) !== 'version'))
    expect(parse(word, '--help')).toMatchObject({ command: 'print' });
});
