import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvHeader, csvLine, ndjsonLine } from '../../source/presentation/export-text.ts';
import { operation } from '../support/fixtures.ts';

const options = { zone: undefined, redact: false };

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
  it('has the columns of the table, and lines that end with CR LF', () => {
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
      ],
    ]);
  });

  it('is read back by the grammar of RFC 4180, whatever the texts are', () => {
    const part = fc.constantFrom('"', ',', '\n', '\r\n', 'a', ' ', ';', "'", '=', 'é', '😀', '""', '\\');
    const text = fc.array(part, { maxLength: 8 }).map((parts) => `x${parts.join('')}`);
    fc.assert(
      fc.property(text, text, fc.option(text), fc.option(fc.nat()), (tableName, query, error, records) => {
        const given = operation({
          id: 7,
          tableName,
          sourceQuery: query,
          validationQuery: '',
          errorMessage: error,
          recordsProcessed: records,
        });
        const [record] = readCsv(csvLine(given, options));
        expect(record).toHaveLength(14);
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
    (errorMessage) => {
      const [record] = readCsv(csvLine(operation({ errorMessage }), options));
      expect(record?.[9]).toBe(`'${errorMessage}`);
      expect(JSON.parse(ndjsonLine(operation({ errorMessage }), options)).errorMessage).toBe(errorMessage);
    },
  );

  it('has negative counters as numbers, and timestamps that no calendar has', () => {
    const [record] = readCsv(
      csvLine(operation({ recordsProcessed: -3, completedAt: Number.POSITIVE_INFINITY, startedAt: 0 }), options),
    );
    expect([record?.[5], record?.[7], record?.[8]]).toEqual(['-3', '1970-01-01T00:00:00.000000', 'infinity']);
  });
});

it('leaves values out with --redact, in both formats', () => {
  const given = operation({
    status: 'failed',
    errorMessage: 'Key (case_id)=(4711) is not present in table "cases".',
    sourceQuery: "SELECT * FROM a WHERE name = 'Smith'",
  });
  for (const line of [csvLine, ndjsonLine]) {
    const text = line(given, { ...options, redact: true });
    expect(text).not.toMatch(/4711|Smith/);
    expect(text).toContain('cases');
  }
});

it('has the names of migtop show --json, and the kind of a failure, in NDJSON', () => {
  const line = ndjsonLine(
    operation({ id: 7, status: 'failed', errorMessage: 'deadlock detected\nDETAIL:  x' }),
    options,
  );
  expect(line).not.toContain('\n');
  expect(JSON.parse(line)).toMatchObject({ id: 7, status: 'failed', kind: 'deadlock detected', sqlState: null });
});
