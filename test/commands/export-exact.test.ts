import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runProgram } from '../support/program.ts';

/** Texts that programs, spreadsheets and terminals read in different ways. */
const pieces = [
  'a',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '"',
  "'",
  '\\',
  ',',
  '=',
  '\u0001',
  '\u001b[31m',
  '\u001b]0;title\u0007',
  '\u007f',
  '\u0085',
  '\u009b2J',
  '\u200b',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\ufffd',
  'é',
  '日本',
  '👩‍👩‍👧',
];

interface Row {
  readonly id: number;
  readonly table_name: string;
  readonly operation: string;
  readonly error_message: string;
  readonly source_query: string;
  readonly validation_query: string;
  readonly started: string | null;
  readonly completed: string | null;
}

let database: TestDatabase;
let stored: readonly Row[];

beforeAll(async () => {
  database = await createDatabase({ schema: true });
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 6 }).map((parts) => parts.join(''));
  const row = fc.tuple(text, text, text, text, text);
  const ends = ["'infinity'", "'-infinity'", 'NULL', "'2026-11-27 10:00:00.000001'", "'1999-12-31 23:59:59.999999'"];
  for (const [index, texts] of fc.sample(row, { numRuns: 60, seed: 11 }).entries())
    await database.query(
      `INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query, validation_query,
         started_at, completed_at)
       VALUES ('execution', $1, $2, 'failed', $3, $4, $5,
         timestamp '2026-11-26 22:59:59' + ${index * 987_654_321} * interval '1 microsecond', ${ends[index % ends.length]})`,
      texts,
    );
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, error_message, source_query, validation_query)
     VALUES ('execution', 'cases', 'copy', 'failed', E'a\\tb\\r\\nc\\rd\\u2028e\\x1b[31mf', '', '')`,
  );
  const iso = (column: string): string =>
    `CASE WHEN isfinite(${column}) THEN to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US') ELSE ${column}::text END`;
  stored = (
    await database.query<Row>(
      `SELECT id::int, table_name, operation, error_message, source_query, validation_query, ${iso('started_at')} AS started,
         ${iso('completed_at')} AS completed
       FROM migration_control ORDER BY id`,
    )
  ).rows;
});
afterAll(() => database.drop());

describe('an export', () => {
  it('as NDJSON has every text and timestamp as the table has it, and nothing that a terminal acts on', async () => {
    const { stdout, code } = await runProgram(['export', database.url, '--format', 'ndjson']);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(stored.length);
    for (const [index, line] of lines.entries()) {
      const one = JSON.parse(line) as Record<string, unknown>;
      expect({
        id: one.id,
        table_name: one.tableName,
        operation: one.operation,
        error_message: one.errorMessage,
        source_query: one.sourceQuery,
        validation_query: one.validationQuery,
        started: one.startedAt,
        completed: one.completedAt,
      }).toEqual(stored[index]);
    }
  });

  it('as CSV has the same timestamps, tabs and line ends, without other control characters', async () => {
    const { stdout } = await runProgram(['export', database.url]);
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e\u2066\ufeff]/);
    expect(stdout).not.toMatch(/\r(?!\n)/);
    for (const { id, started, completed } of stored) {
      const begin = stdout.indexOf(`\r\n${id},`);
      expect(begin).toBeGreaterThan(0);
      expect(stdout.slice(begin)).toContain(`,${started ?? ''},${completed ?? ''},`);
    }
    expect(stdout).toContain('"a\tb\r\nc\nd\u2028ef"');
  });
});
