import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createKinds, failureKind, noMessage } from '../../source/domain/failure-kind.ts';

describe('the kind of a failure', () => {
  it.each([
    [
      'ERROR:  deadlock detected\nDETAIL:  Process 20037 waits for ShareLock on transaction 981234.',
      'deadlock detected',
    ],
    [
      'insert or update on table "cases" violates foreign key constraint "cases_case_id_fkey"\nDETAIL:  Key (case_id)=(100991) is not present in table "cases".',
      'insert or update on table … violates foreign key constraint …',
    ],
    ['invalid byte sequence for encoding "UTF8": 0xe9 0x20 0x61', 'invalid byte sequence for encoding "UTF8"'],
    [
      'value too long for type character varying(64)\nCONTEXT:  column "title", row 311',
      'value too long for type character varying(64)',
    ],
    ['count mismatch: source 45000, target 44983', 'count mismatch: source …, target …'],
    ['Key (case_id)=(1001) already exists.', 'Key (…)=(…) already exists'],
    ['request 6f1c2d3e-0000-4a5b-8c9d-0123456789ab failed', 'request … failed'],
    ['failed at 2026-11-25 10:00:00.123+02 in batch_15', 'failed at … in batch_…'],
    ["can't convert 'abc' to int4", "can't convert … to int4"],
    ['connection to 10.0.0.1:5432 timed out after 30s', 'connection to … timed out after …s'],
    ['cannot read /var/lib/migration/cases-12.csv', 'cannot read …'],
    ['12', '…'],
    ['', noMessage],
    ['  \n', noMessage],
    [null, noMessage],
  ])('of %j', (error, kind) => {
    expect(failureKind(error).kind).toBe(kind);
  });

  it.each([
    ['ERROR: 23503: update or delete violates a constraint', '23503', '23503: update or delete violates a constraint'],
    ['[23505] duplicate key', '23505', '[23505] duplicate key'],
    ['SQLSTATE[22P02]: invalid input syntax', '22P02', 'SQLSTATE[22P02]: invalid input syntax'],
    ['deadlock detected (SQLSTATE 40P01)', '40P01', 'deadlock detected (SQLSTATE 40P01)'],
    ['error { code: "57014", message: "canceled" }', '57014', 'error { code: …, message: … }'],
    ['[99999] of 12345 rows', null, '[…] of … rows'],
    ['deadlock detected', null, 'deadlock detected'],
  ])('names the SQLSTATE of %j', (error, sqlState, kind) => {
    expect(failureKind(error)).toEqual({ sqlState, kind });
  });

  it.each([
    ['"a" of type numeric(10,2) in Key (a)=(1)', '"a" of type numeric(8,2) in Key (a)=(1)'],
    ['Key (a)=(1) of varchar(64)', 'Key (a)=(1) of varchar(16)'],
    ['invalid byte sequence for encoding "UTF8": 0xff', 'invalid byte sequence for encoding "LATIN1": 0xff'],
    ['ERROR: 23505: row 1 (23503)', 'ERROR: 23503: row 1 (23505)'],
    ['cannot cast int4', 'cannot cast int8'],
  ])('tells %j and %j apart, which differ in few characters', (error, other) => {
    expect(failureKind(error).kind).not.toBe(failureKind(other).kind);
  });

  const value = fc.oneof(
    fc.integer().map(String),
    fc.uuid(),
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString()),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  );
  const quoted = fc.stringMatching(/^[\p{L}\p{N}_ .-]{0,40}$/u);

  it('is the same for the same error with other values', () => {
    const error = (n: string, name: string): string =>
      `ERROR: row ${n} of table "${name}" failed: Key (id, code)=(${n}, ${name}) exists in '${name}' since ${n}`;
    fc.assert(
      fc.property(value, quoted, value, quoted, (n, name, m, other) => {
        expect(failureKind(error(n, name)).kind).toBe(failureKind(error(m, other)).kind);
      }),
    );
  });

  it('is the same if the kinds of other messages are kept', () => {
    const kindOf = createKinds();
    const error = (n: string, name: string): string =>
      `row ${n} of ${name}: int4 ${n}, batch_${n}, varchar(${n}) [23505]`;
    fc.assert(
      fc.property(value, quoted, fc.boolean(), (n, name, isPlain) => {
        const text = isPlain ? `row ${n} of ${name}` : error(n, name);
        expect(kindOf(text)).toEqual(failureKind(text));
      }),
    );
    for (const text of ['byte 0xff', 'byte 3xff']) expect(kindOf(text)).toEqual(failureKind(text));
  });

  it('is its own kind', () => {
    const word = fc.oneof(
      value,
      quoted.map((text) => `"${text}"`),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        'ERROR:',
        'DETAIL:',
        'Key (a)=(1)',
        '…',
        ': …',
        'varchar(3)',
        'encoding "X"',
        '\ue000',
        '[23505]',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const { kind } = failureKind(words.join(' '));
        expect(failureKind(kind).kind).toBe(kind);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same with the patterns for texts of ASCII and with those for any text', () => {
    const word = fc.oneof(
      value,
      fc.string({ unit: 'binary-ascii', maxLength: 12 }),
      fc.stringMatching(/^[a-z0-9_'-]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        const error = words.join(' ');
        expect(failureKind(`e ${error}`).kind).toBe(failureKind(`é ${error}`).kind.replace('é', 'e'));
      }),
      { numRuns: 500 },
    );
  });

  it('takes no text longer than its beginning: the rest changes nothing', () => {
    const beginning = `failed: ${'x'.repeat(4000)}`;
    expect(failureKind(`${beginning}${'"'.repeat(1e6)}`)).toEqual(failureKind(beginning));
  });
});
