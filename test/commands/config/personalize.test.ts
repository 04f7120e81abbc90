import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../source/commands/config/parse-config.ts';
import { personalize } from '../../../source/commands/config/personalize.ts';
import { argumentsOf, customCommands, environmentOf } from '../../../source/commands/run-custom.ts';
import { messageOf } from '../../../source/database/database-error.ts';
import { commandFor, keyOf, ownCommands } from '../../../source/monitor/commands.ts';
import { boundCommands, mayRebind } from '../../../source/monitor/key-bindings.ts';
import { columnNames, columnsOf } from '../../../source/presentation/chosen-columns.ts';
import { placeColumns } from '../../../source/presentation/placed-columns.ts';
import { sortNames } from '../../../source/presentation/sorts.ts';

/** The settings of a configuration file. */
const chosenBy = (text: string) => ({
  personal: personalize(parseConfig({ file: 'c.toml', text, isReadableByOthers: false })),
});

function problem(text: string): string {
  try {
    chosenBy(text);
  } catch (error) {
    return messageOf(error);
  }
  return expect.fail(`it was accepted: ${text}`);
}

describe('the keys of the configuration file', () => {
  it('replace those of a command, everywhere that names them', () => {
    const state = chosenBy('[keys]\nskip = "ctrl-x"\nundo = ["U", "backspace"]\nunlock = []');
    expect(commandFor(state, 'ctrl-x', 'list')?.id).toBe('skip');
    expect(commandFor(state, 's', 'list')).toBeNull();
    expect(commandFor(state, 'backspace', 'list')?.id).toBe('undo');
    expect(keyOf(state, 'undo')).toBe('U');
    // Only the palette runs it.
    expect(keyOf(state, 'unlock')).toBe(':unlock');
  });

  it('may be exchanged', () => {
    const state = chosenBy('[keys]\npause = "r"\nresume = "p"');
    expect([commandFor(state, 'p', 'list')?.id, commandFor(state, 'r', 'list')?.id]).toEqual(['resume', 'pause']);
  });

  it.each([
    ['[keys]\nskip = "p"', 'c.toml:2:1: p is already the key of the command pause'],
    [
      '[keys]\nskip = ["ctrl-x", "ctrl-x"]\nretry = "ctrl-x"',
      'c.toml:2:1: ctrl-x is already the key of the command retry',
    ],
    ['[keys]\nskipp = "ctrl-x"', 'c.toml:2:1: there is no command skipp; did you mean: skip'],
    ['[keys]\nleave = "ctrl-x"', 'c.toml:2:1: the command leave keeps its key ctrl-c'],
    ['[keys]\nconfirm = "z"', 'c.toml:2:1: the command confirm keeps its key y'],
    ['[keys]\nskip = "ctrl-c"', 'c.toml:2:1: a key is one character'],
    ['[keys]\nskip = "escape"', 'c.toml:2:1: a key is one character'],
    ['[keys]\nskip = "ab"', 'c.toml:2:1: a key is one character'],
    ['[commands.x]\nrun = ["x"]\nkey = "p"', 'c.toml:3:1: p is already the key of the command pause'],
    ['[columns]\nworkers = []', 'c.toml:2:1: columns.workers names no column'],
    ['[columns]\nworkers = ["id", "ID"]', 'c.toml:2:1: columns.workers names a column twice'],
    [
      '[columns]\nworkers = ["id", "elapse"]',
      'c.toml:2:1: columns.workers: there is no column "elapse"; did you mean: elapsed',
    ],
  ])('%j is an error', (text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('can be given to every command of the lists, and to none that a dialog needs', () => {
    const free = ownCommands.filter(mayRebind);
    for (const { id } of free)
      expect(() => boundCommands(ownCommands, new Map([[id, []]]), [], (_, text) => new Error(text))).not.toThrow();
    const kept = ownCommands.filter((command) => !mayRebind(command)).map(({ id }) => id);
    expect(kept).toEqual(
      expect.arrayContaining(['back', 'leave', 'confirm', 'confirm-number', 'apply', 'left', 'open']),
    );
  });
});

describe('the columns of the configuration file', () => {
  it('are those of the list, in their order, and its sorts', () => {
    const text = '[columns]\nworkers = ["rec/s", "id", "started"]\noperations = ["error", "status"]';
    const { columns } = chosenBy(text).personal;
    expect(columnsOf(columns, 'workers').map(({ title }) => title)).toEqual(['REC/S', 'ID', 'STARTED']);
    expect(columnsOf(columns, 'operations').map(({ title }) => title)).toEqual(['ERROR', 'STATUS']);
    expect(sortNames('workers', columns)).toEqual(['trouble', 'rec/s', 'id', 'started']);
    expect(placeColumns(columnsOf(columns, 'workers'), 60)).toHaveLength(3);
  });

  it('are refused only if they do not exist', () => {
    for (const list of ['overview', 'workers', 'failures', 'kinds', 'tables', 'operations', 'activity'] as const) {
      const names = columnNames(list);
      const { columns } = chosenBy(`[columns]\n${list} = ${JSON.stringify(names)}`).personal;
      expect(columnsOf(columns, list)).toHaveLength(names.length);
    }
  });
});

describe('a command of the configuration file', () => {
  const values = {
    id: '7',
    table: 'a b; $(id) "\'',
    error: 'x\u0000y\u001b[2J',
    host: 'db1',
    database: 'd',
    user: 'u',
    port: '1',
  };

  it('gets a value as one argument, without a shell', async () => {
    expect(argumentsOf(['p', '{table}', 'id={id}', '{}', '{nope}'], values)).toEqual([
      'p',
      values.table,
      'id=7',
      '{}',
      '',
    ]);
    const { run } = customCommands(
      [command({ run: ['printf', '%s|', '{table}', '{id}'] })],
      { PATH: process.env.PATH },
      null,
    );
    expect(await run('x', values).result).toEqual({ text: 'exit code 0', isGood: true, output: `${values.table}|7|` });
  });

  it('does not get a value that looks like an option, except after --', () => {
    const hostile = { ...values, table: '--force' };
    expect(argumentsOf(['p', '{table}'], hostile)).toBeNull();
    expect(argumentsOf(['p', '--table={table}'], hostile)).toEqual(['p', '--table=--force']);
    expect(argumentsOf(['p', '--', '{table}'], hostile)).toEqual(['p', '--', '--force']);
  });

  it('gets the connection and the values in its environment, and no password unless it asks for it', () => {
    const env = {
      PATH: '/bin',
      PGPASSWORD: 's3cret',
      DATABASE_URL: 'postgres://u:s3cret@h/d',
      COPY: 'is s3cret',
      npm_lifecycle_script: 'migtop postgres://u:0ther@h/d',
      MIGTOP_ID: 'old',
      PGSERVICE: 's',
    };
    const made = environmentOf(env, values, null);
    expect(made).toMatchObject({ PATH: '/bin', PGHOST: 'db1', PGDATABASE: 'd', MIGTOP_ID: '7', MIGTOP_ERROR: 'xy' });
    expect(JSON.stringify(made)).not.toMatch(/s3cret|0ther/);
    expect(made).not.toHaveProperty('PGSERVICE');
    expect(environmentOf(env, values, 's3cret')).toMatchObject({ PGPASSWORD: 's3cret' });
  });

  it('is reported if it fails, does not exist, or is stopped', async () => {
    const env = { PATH: process.env.PATH };
    const result = (run: string[]) => customCommands([command({ run })], env, null).run('x', values);
    expect(await result(['sh', '-c', 'echo bad >&2; exit 3']).result).toEqual({
      text: 'exit code 3',
      isGood: false,
      output: 'bad',
    });
    expect(await result(['/nowhere/none']).result).toMatchObject({ text: 'could not start: there is no such program' });
    expect(await result(['/etc/passwd/none']).result).toMatchObject({ text: 'could not start: ENOTDIR' });
    const long = { ...values, error: 'ä'.repeat(32_000) };
    const { run } = customCommands([command({ run: ['true', '{error}{error}{error}'] })], env, null);
    expect(await run('x', long).result).toMatchObject({ text: 'could not start: the values of this row are too long' });
    const sleeping = result(['sleep', '60']);
    sleeping.stop();
    expect(await sleeping.result).toMatchObject({ text: 'ended by SIGTERM', isGood: false });
  });
});

function command(given: { run: readonly string[] }) {
  return {
    name: 'x',
    key: null,
    title: 'X',
    scope: 'operation' as const,
    isBackground: false,
    timeoutSeconds: 30,
    getsPassword: false,
    ...given,
  };
}
