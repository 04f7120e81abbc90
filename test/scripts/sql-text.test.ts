import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSqlText } from '../../scripts/sql-text.ts';
import { checksOf } from '../../source/database/checks.ts';

const options = fileURLToPath(new URL('../../sql/options/', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migtop-sql-text-'));
  mkdirSync(join(folder, 'checks'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('the text of an SQL file', () => {
  it('has the included file with its indentation, without the comment at its beginning', () => {
    write('part.sql', '-- A part.\nid,\n  -- which is named\n  phase\n');
    const path = write('query.sql', 'SELECT\n  -- include part.sql\nFROM t\n');
    expect(readSqlText(path)).toBe('SELECT\n  id,\n    -- which is named\n    phase\nFROM t\n');
  });

  it('has the union of the files of an included directory, which can be run one by one', () => {
    write('checks/second.sql', '-- Second.\nSELECT 2 AS note\n');
    write('checks/first.sql', 'SELECT 1 AS note\nUNION ALL\nSELECT 3\nORDER BY note LIMIT 1\n');
    write('checks/README.md', 'not a check');
    const text = readSqlText(write('checks.sql', '-- All.\n-- include checks/*.sql\n'));
    const first = '(\nSELECT 1 AS note\nUNION ALL\nSELECT 3\nORDER BY note LIMIT 1\n)';
    expect(text).toBe(`-- All.\n${first}\nUNION ALL\n(\nSELECT 2 AS note\n)\n`);
    expect(checksOf(text)).toEqual([`-- All.\n${first}`, '(\nSELECT 2 AS note\n)\n']);
  });
});

describe('the files of sql/options/, each of which psql can run alone', () => {
  const files = readdirSync(options).filter((name) => !name.startsWith('indexes'));

  /** The statements up to the one that does the work, without comments, and without the setting that only one file has. */
  function openingOf(name: string): string {
    const [opening = ''] =
      /^BEGIN;[\s\S]*?^SET LOCAL search_path = .*$/m.exec(readFileSync(join(options, name), 'utf8')) ?? [];
    return opening.replace(/^(?:--.*|SET LOCAL migtop\.discard_audit = 'no';)\n/gm, '');
  }

  it('find the table in the same way', () => {
    expect(files.length).toBeGreaterThan(5);
    expect(openingOf('guard.sql')).toContain('migtop.control_oid');
    for (const name of files) expect(openingOf(name), name).toBe(openingOf('guard.sql'));
  });
});
