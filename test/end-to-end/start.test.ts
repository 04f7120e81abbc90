import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase, olderTransactionsEnded, type TestDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';
import type { PtyProgram } from '../support/pty.ts';
import {
  bytes,
  controlCharacter,
  eventually,
  expectWholeFrame,
  insertRows,
  openMigtop,
  press,
  pressAndSee,
  runShell,
  startMigtop,
} from './migtop.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [
    { id: 20, status: 'running', worker: 1, table: 'brackets', processed: 321 },
    { id: 21, status: 'running', worker: 3, table: 'case_files', processed: 44 },
    { id: 22, status: 'paused', worker: 4, table: 'cases' },
    { id: 23, status: 'pending', table: 'cases', startedSecondsAgo: null },
  ]);
  // A poll would read again what was written while another transaction was open.
  await olderTransactionsEnded(database);
});
afterAll(() => database.drop());

/** SGR sequences that set a foreground or background colour. */
const colour = /\u001B\[(?:[\d;:]*[;:])?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:[;:][\d;:]*)?m/;

describe('a monitor with an empty NO_COLOR', () => {
  /** One for all of these tests, which leave it on its first screen. */
  let program: PtyProgram;
  beforeAll(async () => {
    program = await openMigtop([database.url], { env: { NO_COLOR: '' } });
  });
  afterAll(() => program?.kill());

  it('fills the alternate screen and shows the migration and the running workers', () => {
    const { terminal } = program;
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.cursor().visible).toBe(false);
    const lines = terminal.text().split('\n');
    // A first poll that takes long on a busy machine stretches the interval.
    expect(lines[0]).toMatch(
      /^ migtop {2}postgres@127\.0\.0\.1\/migtop_test.* \S \d+s · every [\d.]+s( \(slow\))? {2}\d\d:\d\d:\d\d$/,
    );
    // 1,569 brackets, 15,420 relationships, 1,569 files and 3,161 cases: their repair has its own total of 23.
    expect(lines[1]).toMatch(/^ execution +(?:\S+ +)?\d+\.\d% +4,088\/21,719 .* rec\/s/);
    // Whether a later attempt has completed is read after the first poll.
    expect(lines[2]).toMatch(/^ 2 running {2}1 paused {2}(?:\d unresolved of )?1 failed {2}1 pending {2}8 done$/);
    expect(terminal.text()).toMatch(/► +\d+ +1 +brackets +\S+ +64%/);
    expect(terminal.text()).toMatch(/► +\d+ +3 +case_files +\S+ +2%/);
    expect(terminal.text()).toMatch(/‖ +\d+ +4 +cases +/);
    expect(terminal.text()).toMatch(/Foreign key constraint violation|nothing unresolved/);
    expectWholeFrame(terminal);
    expect(terminal.scrollbackLength()).toBe(0);
    expect(program.output().split(bytes.alternateScreen)).toHaveLength(2);
  });

  it('has colours', () => {
    expect(program.output()).toMatch(colour);
  });

  it('opens every view, the detail and the help without an extra line', async () => {
    for (const [key, title] of [
      ['2', ' WORKERS'],
      ['3', ' FAILURES'],
      ['4', /^ TABLES/m],
      ['5', ' OPERATIONS  highest id first'],
      ['\r', ' OPERATION 2'],
      ['?', ' KEYS '],
      ['?', ' OPERATIONS  highest id first'],
      ['1', ' PHASES'],
    ] as const) {
      await pressAndSee(program, key, title);
      expectWholeFrame(program.terminal);
    }
  });

  it('follows the workers from poll to poll', async () => {
    await database.query('UPDATE migration_control SET records_processed = 350 WHERE id = 21');
    await program.waitForText(/► +\d+ +3 +case_files .* 22%/);
    await database.query('UPDATE migration_control SET records_processed = 44 WHERE id = 21');
    await program.waitForText(/► +\d+ +3 +case_files .* 2%/);
    expectWholeFrame(program.terminal);
  });

  // An empty toast has no height yet, so the keys stand one line higher without one than with one.
  it('has the keys on the last line, with a toast above it or without', async () => {
    const lastLine = () => program.terminal.text().split('\n').at(-1);
    expect(lastLine()).toMatch(/^ p pause .* q quit$/);
    await pressAndSee(program, 'r', '✗ cannot resume: already running');
    expect(lastLine()).toMatch(/^ p pause .* q quit$/);
  });

  it('names the table next to the target if there is room', async () => {
    expect(program.terminal.text()).not.toContain(`/${database.name} · migration_control`);
    program.resize(120, 30);
    await program.waitForText(`/${database.name} · migration_control`);
    expectWholeFrame(program.terminal);
  });

  it('has the password of the URL neither in its arguments nor on the screen', async () => {
    const secret = 'password';
    expect(new URL(database.url).password).toBe(secret);
    program.resize(200, 50);
    await visitEverything(program);
    expect(await readFile(`/proc/${program.pid}/cmdline`, 'utf8')).toMatch(/^migtop\0*$/);
    expect(program.output()).not.toContain(secret);
  });
});

it('writes its compiled code for the next start while it runs, so that a killed monitor leaves it too', async () => {
  const cache = await mkdtemp(join(tmpdir(), 'migtop-cache-'));
  try {
    await using program = await openMigtop([database.url], {
      env: { XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: '' },
    });
    expect(program.terminal.text()).toContain('PHASES');
    await eventually(async () => {
      const entries = await readdir(join(cache, 'migtop'), { recursive: true, withFileTypes: true });
      expect(entries.filter((entry) => entry.isFile()).length).toBeGreaterThan(3);
    });
  } finally {
    await rm(cache, { recursive: true, force: true });
  }
});

it('does not load the HTTP client of Node, which takes time and memory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'migtop-loaded-'));
  try {
    const [script, list] = [join(folder, 'list.cjs'), join(folder, 'list')];
    await writeFile(
      script,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, process.moduleLoadList.join(' ')))`,
    );
    await using program = await openMigtop([database.url], { env: { NODE_OPTIONS: `--require ${script}` } });
    program.press('q');
    await program.exit;
    const loaded = await readFile(list, 'utf8');
    expect(loaded).toMatch(/ net /);
    expect(loaded).not.toContain('undici');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('a terminal with special settings', () => {
  it('gets no colour at all under NO_COLOR, in any view', async () => {
    await using program = await openMigtop([database.url], { env: { NO_COLOR: '1' } });
    await visitEverything(program);
    expect(program.output()).not.toMatch(colour);
    // The cursor is still to be seen.
    expect(program.terminal.cells().some((row) => row.some((cell) => cell.inverse))).toBe(true);
  });

  it('gets only ASCII if the locale is not UTF-8, in any view', async () => {
    await using program = await openMigtop([database.url], { env: { LC_ALL: 'C' } });
    await visitEverything(program);
    await pressAndSee(program, 'g', 'p pause');
    await pressAndSee(program, 'p', '+ paused: operation');
    await pressAndSee(program, 'u', 'running again');
    expect(program.output().match(/.{0,20}[^\u0000-\u007F]+.{0,20}/g)).toBeNull();
    expectWholeFrame(program.terminal);
  });

  it('gets one plain snapshot if it is dumb', async () => {
    await using program = await runShell('TERM=dumb; export TERM; exec "$@"', [database.url]);
    expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
    expect(program.output().replaceAll('\r\n', '\n')).not.toMatch(controlCharacter);
    expect(program.output()).toMatch(/^postgres@127\.0\.0\.1\/\S+ public\.migration_control\s+at\s/);
    expect(program.output()).toContain('2 running');
  });
});

describe('no terminal', () => {
  it('gets one plain snapshot through a pipe', async () => {
    const { code, stdout, stderr } = await runProgram([database.url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(controlCharacter);
    expect(stdout).toContain('2 running');
    expect(stdout).toMatch(/^21 +running +3 +case_files/m);
  });

  it('gets one plain snapshot if only the input is not a terminal', async () => {
    await using shell = await runShell('"$@" </dev/null; echo "exit code $?"', [database.url]);
    await shell.exit;
    expect(shell.output().replaceAll('\r\n', '\n')).not.toMatch(controlCharacter);
    expect(shell.output()).toContain('2 running');
    expect(shell.output()).toMatch(/exit code 0\r\n$/);
  });

  it('gets one plain snapshot if only the output is not a terminal', async () => {
    await using shell = await runShell('"$@" | cat -v', [database.url]);
    expect(await shell.exit).toEqual({ exitCode: 0, signal: undefined });
    expect(shell.output()).not.toContain('^[');
    expect(shell.output()).toContain('2 running');
  });
});

describe('the password of the URL', () => {
  it('is not in the error message of a server that refuses it', async () => {
    const url = new URL(database.url);
    url.password = 'open-sesame';
    url.username = 'nobody_of_that_name';
    const { code, stdout, stderr } = await runCommand([url.href, '--debug']);
    expect(code).toBe(4);
    expect(stderr).toMatch(/^migtop: .*password of user "nobody_of_that_name"/);
    expect(stdout + stderr).not.toContain('open-sesame');
  });
});

describe('an error at the start', () => {
  const cases: [string, () => string[], number, RegExp][] = [
    ['no database is named', () => [], 2, /^migtop: No database is named\. Name one: /],
    ['an option is unknown', () => ['--colour'], 2, /^migtop: unknown option --colour \(/],
    [
      'nobody listens there',
      () => ['postgres://postgres@127.0.0.1:1/postgres'],
      3,
      /^migtop: No PostgreSQL answers at 127\.0\.0\.1:1 \(connection refused\)\./,
    ],
    [
      'the password is wrong',
      () => [database.url.replace(':password@', ':wrong@')],
      4,
      /^migtop: 127\.0\.0\.1:\d+ refuses the password of user "postgres"\./,
    ],
    [
      'the database is missing',
      () => [database.url.replace(database.name, 'no_such_database')],
      4,
      /^migtop: There is no database "no_such_database" at /,
    ],
    [
      'the table is missing',
      () => [database.url, '--table', 'control_migration'],
      5,
      /^migtop: There is no table control_migration on the search path .* migtop init --apply/,
    ],
    [
      'the table is another one',
      () => [database.url, '--table', 'pg_catalog.pg_class'],
      5,
      /^migtop: pg_catalog\.pg_class lacks the columns .* not a migration_control table/,
    ],
  ];

  it.each(cases)('is one line: %s', async (_, args, code, message) => {
    const run = await runCommand(args());
    expect(run).toEqual({ code, signal: null, stdout: '', stderr: expect.stringMatching(message) });
    expect(run.stderr.trimEnd()).not.toContain('\n');
  });

  // One for each step: the arguments, the connection, the login, the table.
  const steps = ['no database is named', 'nobody listens there', 'the password is wrong', 'the table is missing'];

  it.each(cases.filter(([name]) => steps.includes(name)))(
    'leaves the screen alone: %s',
    async (_, args, code, message) => {
      await using program = await startMigtop(args(), { columns: 200 });
      expect(await program.exit).toEqual({ exitCode: code, signal: undefined });
      expect(program.output()).toMatch(message);
      // One line, and not a single control sequence: the screen of the shell is as it was.
      expect(program.output().trimEnd()).not.toContain('\n');
      expect(program.output().replaceAll('\r\n', '\n')).not.toMatch(controlCharacter);
    },
  );

  it('is reported for a table that the role may not read', async () => {
    const { code, stdout, stderr } = await runCommand([await database.role()]);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toMatch(
      /^migtop: User "\w+" may not read the whole table public\.migration_control .*GRANT SELECT.*\n$/,
    );
  });
});

async function visitEverything(program: Awaited<ReturnType<typeof openMigtop>>): Promise<void> {
  for (const [key, title] of [
    ['2', ' WORKERS'],
    ['3', ' FAILURES'],
    ['4', /^ TABLES/m],
    ['5', ' OPERATIONS  highest id first'],
    ['\r', 'Esc back'],
    ['?', ' KEYS '],
    ['?', ' OPERATIONS'],
    ['/', 'Enter show all'],
    ['\u001B', '? help'],
    ['1', ' PHASES'],
    ['j', '? help'],
    ['j', 's skip'],
    ['s', 'workers will not pick it up again'],
    ['\u001B', ' PHASES'],
  ] as const) {
    await press(program, key, title);
  }
}
