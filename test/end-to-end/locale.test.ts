import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';
import { insertRows, openMigtop, pressAndSee } from './migtop.ts';

let database: TestDatabase;

// In UTF-8 each has a byte between 0x80 and 0x9F.
const error = 'à ā “quoted” – 漢字 \u{1F4A5} …';

beforeAll(async () => {
  database = await createDatabase({ examples: true });
  await insertRows(database, [
    { id: 31, status: 'failed', table: 'ĀāĀ', operation: 'überträgt', error },
    { id: 32, status: 'running', table: 'ĀāĀ', operation: '漢字', worker: 1 },
  ]);
});
afterAll(() => database.drop());

const locales = [{ LC_ALL: 'C' }, { LC_ALL: 'de_DE.ISO-8859-1' }, { LC_ALL: '', LANG: 'ja_JP.eucJP' }];

/** Characters other than line ends and the printable ones of ASCII. */
const other = /[^\n\u0020-\u007E]/;

describe.each(locales)('if the locale is not UTF-8: %o', (env) => {
  it.each<[string, string[]]>([
    ['the status', ['status', '--sample', '0']],
    ['the help', ['--help']],
    ['an error', ['postgres://']],
    ['an error with text from the command line', ['--table', 'ĀāĀ', 'postgres://127.0.0.1:1/ĀāĀ']],
  ])('%s is printed in ASCII', async (_name, args) => {
    const given = args[0] === 'status' ? [...args, database.url] : args;
    const { stdout, stderr } = await runProgram(given, { env });
    expect(stdout + stderr).not.toBe('');
    expect(stdout + stderr).not.toMatch(other);
  });

  it('JSON is printed in ASCII without loss', async () => {
    const { stdout } = await runProgram(['status', '--json', '--sample', '0', database.url], { env });
    expect(stdout).not.toMatch(other);
    expect(JSON.parse(stdout).failures[0]).toMatchObject({ tableName: 'ĀāĀ', errorMessage: error });
  });

  it('the screen is only ASCII', async () => {
    await using program = await openMigtop([database.url], { env, columns: 120, rows: 40 });
    await pressAndSee(program, '3', 'in 1 kind');
    await pressAndSee(program, '\r', 'shows the kinds');
    await pressAndSee(program, '\r', ' OPERATION 31');
    await pressAndSee(program, '1', ' PHASES');
    await pressAndSee(program, '?', ' KEYS ');
    await pressAndSee(program, '?', ' PHASES');
    await pressAndSee(program, '/', 'Enter show all');
    await pressAndSee(program, 'Āx', '?x');
    program.press('\u0003');
    await program.exit;
    expect(program.output()).not.toMatch(/[^\u0000-\u007F]/);
  });
});
