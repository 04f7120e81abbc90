import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { keys } from '../support/terminal.ts';
import { controlCharacter, insertRows, openMigtop, press } from './migtop.ts';

/** Texts that a terminal would take for a command; each with a text that must be harmless. */
const attacks = [
  // Into the clipboard, with both ends, in both spellings, and asking for it.
  '\u001B]52;c;cm0gLXJmIC8K\u0007',
  '\u001B]52;c;cm0gLXJmIC8K\u001B\\',
  '\u009D52;c;cm0gLXJmIC8K\u009C',
  '\u001B]52;c;?\u0007',
  // The title, a link, a colour, the end of the alternate screen, a reset, a question.
  '\u001B]0;hijacked\u0007',
  '\u001B]8;;http://evil.example\u0007click\u001B]8;;\u0007',
  '\u001B[31mred\u001B[0m',
  '\u001B[?1049l\u001B[2J\u001B[H',
  '\u009B?1049l',
  '\u001Bc',
  '\u001B[6n\u001B[c\u001BZ\u0005',
  // A device control string, a start of one that never ends, the bell, the shift to another character set.
  '\u001BP$q"p\u001B\\',
  '\u001BP1000p%never',
  '\u0007\u000E\u0008\u007F',
  // Text that runs the other way, and letters that cannot be seen.
  '\u202Egpj.exe\u202C \u2066hidden\u2069 \u200F\u061C',
  'line one\r\nline two\tand\u2028three\u0085four',
].map((attack) => `x${attack}y`);
const hostile = attacks.join('');
/** Letters that change the order of their neighbours, or that terminals take for the beginning of a sequence. */
const neverWritten = /[\u0080-\u009F\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;

let database: TestDatabase;
let role: string;

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  // NUL is the one letter that PostgreSQL does not take.
  await insertRows(
    database,
    attacks.flatMap((attack, index) =>
      ['running', 'paused', 'failed', 'pending', 'completed'].map((status, offset) => ({
        id: 1000 + index * 10 + offset,
        status,
        table: `${attack}t${index}`,
        operation: `${attack}o`,
        error: `${attack}${hostile}`,
        sourceQuery: `SELECT ${hostile}`,
        worker: index,
      })),
    ),
  );
  const work = { table: hostile, operation: hostile, error: hostile, sourceQuery: hostile };
  await insertRows(database, [
    { id: 1, status: 'paused', worker: -1, ...work },
    { id: 2, status: 'failed', worker: -1, ...work },
  ]);
  // The names that the server is reached by are texts too.
  role = `evil\u001B]0;hijacked\u0007\u202E${randomBytes(4).toString('hex')}`;
  await database.query(`CREATE ROLE "${role}" LOGIN SUPERUSER PASSWORD 'p'`);
});
afterAll(async () => {
  await database.query(`DROP ROLE IF EXISTS "${role}"`);
  await database.drop();
});

/** The url of the database for the role of the evil name. */
function evilUrl(): string {
  const url = new URL(database.url);
  return `postgres://${encodeURIComponent(role)}:p@${url.host}${url.pathname}`;
}

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
];

describe('hostile text', () => {
  it.each(sizes)('does not affect a terminal of $columns x $rows in any view or detail', async (size) => {
    await database.query("UPDATE migration_control SET status = 'paused' WHERE id = 1");
    await using program = await openMigtop([evilUrl(), '--interval', '0.2'], size);
    const { terminal } = program;
    const visits: [string, string | RegExp][] = [
      ['2', ' WORKERS'],
      ['3', ' FAILURES'],
      ['4', /^ TABLES/m],
      ['5', ' OPERATIONS  highest id first'],
      ['G', /▸ +1 /],
      ['\r', ' OPERATION 1 '],
      [keys.pageDown, ' OPERATION 1 '],
      ['G', /OTHER ATTEMPTS|^ FIELDS/m],
      [keys.escape, ' OPERATIONS'],
      ['1', ' PHASES'],
      ['s', 'Skip operation 1 · '],
      [keys.escape, ' PHASES'],
      ['r', /✓ .*operation 1(?!\d)/],
      ['/', 'Enter show all'],
      ['evil\r', 'filter evil'],
      [keys.escape, /^(?!.*filter evil)/s],
    ];
    for (const [key, title] of visits) {
      await press(program, key, title);
      expect(terminal.isAlternate(), String(title)).toBe(true);
      expect(terminal.overflow(), String(title)).toEqual({ wrappedLines: 0, scrolledLines: 0 });
    }
    expect(terminal.writtenToClipboard).toEqual([]);
    expect(terminal.title).toBe('');
    expect(terminal.bells).toBe(0);
    expect(terminal.text()).toContain('evil');

    // Without migtop's own query for the background colour, and a sequence of which only the beginning has arrived.
    const output = program
      .output()
      .replace('\u001B]11;?\u0007\u001B[c', '')
      .replace(/\u001B(\[[\d;?]*)?$/, '');
    expect(output.match(neverWritten)).toBeNull();
    expect(output).not.toContain('hijacked\u0007');
    // Only the sequences that draw: cursor, erasing, colours, and the modes of the screen itself.
    const kinds = new Set(output.match(/\u001B(\[[?>=!]*|[^[])/g));
    expect([...kinds].sort()).toEqual(['\u001B[', '\u001B[?']);
    // Only large changes of the screen are bracketed (2026).
    const modes = new Set(output.match(/\u001B\[\?(?!2026)\d+[hl]/g));
    expect([...modes].sort()).toEqual([
      '\u001B[?1049h',
      '\u001B[?2004h',
      // The cursor shows where text is typed.
      '\u001B[?25h',
      '\u001B[?25l',
      '\u001B[?7l',
    ]);
    const finals = new Set([...output.matchAll(/\u001B\[[\d;]*([^\d;?])/g)].map(([, final]) => final));
    expect([...finals].filter((final) => !'ABCDEFGHJKm'.includes(final ?? ''))).toEqual([]);
    // The cursor also goes back and to the start of a line by a character.
    expect(output.replace(/\u001B\[[\d;?]*[A-Za-z]|[\b\r]/g, '')).not.toMatch(controlCharacter);
    program.press('q');
    expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
  });

  it('does not affect the plain snapshot and its JSON', async () => {
    for (const args of [[evilUrl()], ['status', '--json', evilUrl()]]) {
      const { code, stdout, stderr } = await runCommand(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).not.toMatch(controlCharacter);
      expect(stdout).not.toMatch(neverWritten);
      expect(stdout).toContain('evil');
    }
  });

  it('does not affect an error message', async () => {
    const evil = new URL(database.url);
    const url = `postgres://postgres:password@${evil.host}/${encodeURIComponent(`nix${hostile}`.slice(0, 60))}`;
    const { code, stdout, stderr } = await runCommand([url]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^migtop: There is no database "nix.*\n$/);
    expect(stderr).not.toMatch(controlCharacter);
    expect(stderr).not.toMatch(neverWritten);
    const missing = await runCommand([database.url, '--table', `nix"${hostile}`]);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toMatch(/^migtop: .*\n$/);
    expect(missing.stderr).not.toMatch(controlCharacter);
    expect(missing.stderr).not.toMatch(neverWritten);
  });
});
