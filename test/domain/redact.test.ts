import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureKind } from '../../source/domain/failure-kind.ts';
import { redactError, redactKind, redactSql } from '../../source/domain/redact.ts';

describe('a redacted query', () => {
  it.each([
    [
      "SELECT * FROM legacy.cases WHERE name = 'O''Brien' AND id > 17 ORDER BY id LIMIT 500 OFFSET 1500",
      "SELECT * FROM legacy.cases WHERE name = '…' AND id > … ORDER BY id LIMIT 500 OFFSET 1500",
    ],
    ["WHERE note = E'it\\'s Smith' AND x = 1", "WHERE note = '…' AND x = …"],
    ['WHERE note = $body$Smith, $1$body$ AND x = $1', "WHERE note = '…' AND x = $1"],
    ["WHERE a = $$it's Smith$$ AND b = 'x'", "WHERE a = '…' AND b = '…'"],
    ['SELECT "Case 1", t2.c3 FROM t2 -- Smith', 'SELECT "Case 1", t2.c3 FROM t2 -- …'],
    ["SELECT 1 /* Smith /* 'nested */ Jones */ + 2", 'SELECT … /* … */ + …'],
    ["WHERE born = DATE '1980-01-02' AND ssn = 123456789", "WHERE born = DATE '…' AND ssn = …"],
    ["WHERE x = .5 OR y = 1e-9 OR z = 0xFF OR name = 'unfinished", "WHERE x = … OR y = … OR z = … OR name = '…'"],
    ["WHERE name IN ('Smith', 'Jones') FETCH FIRST 10 ROWS ONLY", "WHERE name IN ('…', '…') FETCH FIRST 10 ROWS ONLY"],
  ])('has names and limits, no values: %s', (query, expected) => {
    expect(redactSql(query)).toBe(expected);
  });
});

describe('a redacted error', () => {
  it.each([
    [
      'insert or update on table "charges" violates foreign key constraint "charges_case_id_fkey"\nDETAIL:  Key (case_id)=(1001) is not present in table "cases".',
      'insert or update on table "charges" violates foreign key constraint "charges_case_id_fkey"\nDETAIL:  Key (case_id)=(…) is not present in table "cases".',
    ],
    [
      'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (lower(email))=(ann) smith@example.org) already exists.',
      'duplicate key value violates unique constraint "users_email_key"\nDETAIL:  Key (lower(email))=(…) already exists.',
    ],
    [
      'null value in column "title" of relation "cases" violates not-null constraint\nDETAIL:  Failing row contains (17, null, Smith (junior), 2024-01-02).',
      'null value in column "title" of relation "cases" violates not-null constraint\nDETAIL:  Failing row contains (…).',
    ],
    [
      'ERROR: 22P02: invalid input syntax for type integer: "Smith"',
      'ERROR: 22P02: invalid input syntax for type integer: "…"',
    ],
    [
      'value too long for type character varying(64)\nCONTEXT:  COPY cases, line 17, column title: "Smith"',
      'value too long for type character varying(64)\nCONTEXT:  COPY cases, line 17, column title: "…"',
    ],
    [
      'invalid byte sequence for encoding "UTF8": 0xe9 0x20\nHINT:  See line 3.',
      'invalid byte sequence for encoding "UTF8": …\nHINT:  See line 3.',
    ],
    [
      'syntax error\nCONTEXT:  SQL statement "INSERT INTO t VALUES (\'Smith\', 17)"',
      'syntax error\nCONTEXT:  SQL statement "INSERT INTO t VALUES (\'…\', …)"',
    ],
    ["LINE 1: SELECT 'Smith'", "LINE 1: SELECT '…'"],
    [
      'Schlüsselwert\nDETAIL:  Schlüssel »(name)=(Smith)« existiert bereits. „Smith“',
      'Schlüsselwert\nDETAIL:  Schlüssel »…« existiert bereits. „…“',
    ],
    ['could not send to ann.smith@example.org, call 0151 23456', 'could not send to …, call …'],
    ['numeric field overflow: 12345.67 in numeric(10,2)', 'numeric field overflow: … in numeric(10,2)'],
    ['ERROR: 23505: duplicate key (23503)', 'ERROR: 23505: duplicate key (…)'],
    ['FATAL: 57P01: terminating connection', 'FATAL: 57P01: terminating connection'],
    ['23505: record 23505 exists (SQLSTATE 23505)', '…: record … exists (SQLSTATE 23505)'],
    ['no such place (90210)', 'no such place (…)'],
    ['90210: no such place', '…: no such place'],
    ['invalid value [12345] [23514]', 'invalid value […] [23514]'],
    ['account AB12CD34 or DE89 3704 0044 0532 0130 00 of 12kg is locked', 'account … or … of … is locked'],
    ['cannot cast int4 to UTF8 by sha256', 'cannot cast int4 to UTF8 by sha256'],
    ['column c1.name2 does not exist', 'column c1.name2 does not exist'],
    ["cannot store 'O'Brien' or `Smith`, don't retry", "cannot store '…' or `…`, don't retry"],
    ['invalid input syntax for type json: "{"name":\n "Smith"}"', 'invalid input syntax for type json: "…"'],
    ['cannot read "Smith and\nJones, the rest is cut', 'cannot read "…"'],
    ['id 550e8400-e29b-41d4-a716-446655440000 is taken', 'id … is taken'],
    [
      'Process 20037 waits for ShareLock on transaction 981234',
      'Process 20037 waits for ShareLock on transaction 981234',
    ],
  ])('has names and places, no values: %s', (error, expected) => {
    expect(redactError(error)).toBe(expected);
  });

  it('redacts what is redacted to the same text', () => {
    fc.assert(
      fc.property(pieces, (error) => {
        const once = redactError(error);
        expect(redactError(once)).toBe(once);
        const query = redactSql(error);
        expect(redactSql(query)).toBe(query);
      }),
      { numRuns: 300 },
    );
  });

  it('has no value of a key, a row or a string, whatever the value is', () => {
    const secret = 'Zq';
    const value = fc.array(fc.constantFrom(secret, ')', '(', ', ', '.', ' ', '=', 'x'), { maxLength: 12 });
    fc.assert(
      fc.property(value, (parts) => {
        const text = parts.join('');
        expect(redactError(`duplicate key\nDETAIL:  Key (a, b)=(${text}) already exists.`)).not.toContain(secret);
        expect(redactError(`DETAIL:  Failing row contains (${text}).`)).not.toContain(secret);
        expect(redactSql(`SELECT * FROM t WHERE a = '${text}' AND b = $x$${text}$x$`)).not.toContain(secret);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    (text: string) => `Failing row contains (1, ${text}, null).`,
    (text: string) => `ERROR: 23502: Fehlgeschlagene Zeile enthält (1, ${text}, null).`,
    (text: string) => `Schlüssel (name)=(${text}) existiert bereits`,
    (text: string) => `Schlüssel »(name)=(${text})« existiert bereits`,
    (text: string) => `invalid input syntax for type integer: "${text}"`,
    (text: string) => `cannot read "${'x'.repeat(500)} ${text.replaceAll('"', '')}"`,
  ])('and its kind have no value that holds parentheses and quotation marks: %s', (errorWith) => {
    const part = fc.constantFrom('Zq', ')', '(', ', ', '.', ' ', '=', 'x', '"');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const error = errorWith(parts.join(''));
        expect(redactError(error)).not.toContain('Zq');
        expect(redactKind(failureKind(error).kind)).not.toContain('Zq');
      }),
      { numRuns: 500 },
    );
  });

  it('takes time linear in the length of a hostile text', () => {
    for (const part of ['=(', '"', "'", '/*', '$a$', '1.', '1,', '„', ' DETAIL: ', 'a@b.', '0x0', "E'\\", '((']) {
      const text = part.repeat(400_000 / part.length);
      // Quadratic time would be minutes: the time limit of the test would end it.
      expect(redactError(text).length, part).toBeGreaterThan(0);
      expect(redactSql(text).length, part).toBeGreaterThan(0);
    }
  });
});

const pieces = fc
  .array(
    fc.constantFrom(
      'Key (a)=(',
      ')',
      '1',
      ' 22',
      '"x"',
      "'y'",
      ' table ',
      '\nDETAIL:  ',
      '\nQUERY: ',
      '/*',
      '*/',
      '--',
      '$a$',
      '…',
      '„z“',
      ' is not present',
      '(23505)',
      'ERROR: 23505: ',
      'a@b.org',
      '0x1f',
      ' line ',
      'varchar(',
      ', ',
      '\\',
      'E',
      '\n',
      '.',
      '-',
    ),
    { maxLength: 15 },
  )
  .map((parts) => parts.join(''));
