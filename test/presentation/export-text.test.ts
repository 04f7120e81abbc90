import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { controlColumns, type ExportedRow } from '../../source/domain/control-columns.ts';
import { csvHeader, csvLine, ndjsonLine } from '../../source/presentation/export-text.ts';

const options = { redact: false };

/** A failed row without counters, times and queries, by default. */
function stored(given: Partial<ExportedRow> = {}): ExportedRow {
  const empty = Object.fromEntries(controlColumns.map((column) => [column, null]));
  const row = { phase: 'execution', table_name: 'brackets', operation: 'copy', status: 'failed' };
  return { ...(empty as ExportedRow), id: '7', ...row, ...given };
}

/** Reads CSV by the grammar of RFC 4180: null for an empty field without quotes. */
function readCsv(text: string): (string | null)[][] {
  const records: (string | null)[][] = [];
  let record: (string | null)[] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (let at = 0; at < text.length; ) {
    field.lastIndex = at;
    const [all, raw = '', end] = field.exec(text) ?? expect.fail(`no CSV at ${at}: ${text.slice(at, at + 40)}`);
    record.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw === '' ? null : raw);
    at += all?.length ?? 1;
    if (end === '\r\n') {
      records.push(record);
      record = [];
    }
  }
  expect(record).toEqual([]);
  return records;
}

describe('the CSV', () => {
  it('has the columns of the table, then what is known of a failure, and lines that end with CR LF', () => {
    expect(readCsv(csvHeader)).toEqual([
      [
        'id',
        'phase',
        'table_name',
        'operation',
        'status',
        'records_processed',
        'total_records',
        'started_at',
        'completed_at',
        'error_message',
        'batch_size',
        'worker_id',
        'source_query',
        'validation_query',
        'kind',
        'sql_state',
        'resolved_by',
      ],
    ]);
  });

  it('is read back by the grammar of RFC 4180, whatever the texts are', () => {
    const part = fc.constantFrom('"', ',', '\n', '\r\n', 'a', ' ', ';', "'", '=', 'é', '😀', '""', '\\');
    const text = fc.array(part, { maxLength: 8 }).map((parts) => `x${parts.join('')}`);
    fc.assert(
      fc.property(text, text, fc.option(text), fc.option(fc.nat()), (tableName, query, error, records) => {
        const given = stored({
          table_name: tableName,
          source_query: query,
          validation_query: '',
          error_message: error,
          records_processed: records === null ? null : String(records),
        });
        const [record] = readCsv(csvLine(given, options));
        expect(record).toHaveLength(17);
        expect(record?.[0]).toBe('7');
        expect(record?.[2]).toBe(tableName);
        expect(record?.[5]).toBe(records === null ? null : String(records));
        expect(record?.[9]).toBe(error);
        expect(record?.[12]).toBe(query);
        // An empty text is not NULL.
        expect(record?.[13]).toBe('');
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\n=1', '＝1+1', "=cmd|' /C calc'!A0"])(
    'has an apostrophe before %j, which a spreadsheet would run',
    (text) => {
      const [record] = readCsv(csvLine(stored({ error_message: text }), options));
      expect(record?.[9]).toBe(`'${text}`);
      expect(JSON.parse(ndjsonLine(stored({ error_message: text }), options)).errorMessage).toBe(text);
    },
  );

  it('has counters without an apostrophe, and timestamps with microseconds', () => {
    const given = stored({
      records_processed: '-3',
      total_records: 'NaN',
      started_at: '1970-01-01T00:00:00.5',
      completed_at: 'infinity',
    });
    const [record] = readCsv(csvLine(given, options));
    expect([record?.[5], record?.[6], record?.[7], record?.[8]]).toEqual([
      '-3',
      'NaN',
      '1970-01-01T00:00:00.500000',
      'infinity',
    ]);
  });
});

it.each([
  ['9007199254740991', 9_007_199_254_740_991],
  ['9007199254740993', '9007199254740993'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['1.5', 1.5],
  ['1000.00', 1000],
  ['0.1234567890123456789', '0.1234567890123456789'],
  ['1.0000000000000000000001', '1.0000000000000000000001'],
  ['9007199254740991.4', '9007199254740991.4'],
  ['-0', '-0'],
  ['1e+20', '1e+20'],
  ['NaN', 'NaN'],
  ['-Infinity', '-Infinity'],
])('has the counter %s in NDJSON as a number where that is exact', (text, exact) => {
  expect(JSON.parse(ndjsonLine(stored({ records_processed: text }), options)).recordsProcessed).toBe(exact);
});

it('leaves values out with --redact, in both formats', () => {
  const given = stored({
    error_message: 'Key (case_id)=(4711) is not present in table "cases".',
    source_query: "SELECT * FROM a WHERE name = 'Smith'",
  });
  for (const line of [csvLine, ndjsonLine]) {
    const text = line(given, { ...options, redact: true });
    expect(text).not.toMatch(/4711|Smith/);
    expect(text).toContain('cases');
  }
});

it('has the kind of a failure, its SQLSTATE and what resolves it, in both formats', () => {
  const failed = stored({ error_message: 'ERROR: 23505: duplicate key value violates "cases_4711" of Smith' });
  const known = { ...options, resolvedBy: () => 9 };
  const kind = '23505: duplicate key value violates … of Smith';
  const failure = { kind, sqlState: '23505', resolvedBy: 9 };
  expect(JSON.parse(ndjsonLine(failed, known))).toMatchObject(failure);
  const [record] = readCsv(csvLine(failed, known));
  expect(record?.slice(14)).toEqual([kind, '23505', '9']);
  const other = { ...failed, status: 'completed' };
  expect(JSON.parse(ndjsonLine(other, known))).toMatchObject({ kind: null, sqlState: null, resolvedBy: null });
  expect(readCsv(csvLine(other, known))[0]?.slice(14)).toEqual([null, null, null]);
});

it('has the names of migtop show --json, and the kind of a failure, in NDJSON', () => {
  const line = ndjsonLine(stored({ error_message: 'deadlock detected\nDETAIL:  x' }), options);
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({ id: 7, status: 'failed', kind: 'deadlock detected', sqlState: null });
});
