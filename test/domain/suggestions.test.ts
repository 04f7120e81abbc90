import { describe, expect, it } from 'vitest';
import { failureKind } from '../../source/domain/failure-kind.ts';
import { foreignKeyOf, suggestionFor } from '../../source/domain/suggestions.ts';

const suggested = (error: string): string | null => {
  const { kind, sqlState } = failureKind(error);
  return suggestionFor(kind, sqlState);
};

describe('a suggestion', () => {
  it.each([
    ['insert or update on table "a" violates foreign key constraint "a_b_fkey"', /parent/],
    ['Foreign key constraint violation on case_id', /parent/],
    ['deadlock detected\nDETAIL:  Process 12 waits', /retry/],
    ['invalid byte sequence for encoding "UTF8": 0xe9', /bytes/],
    ['value too long for type character varying(64)', /widen/],
    ['could not receive data from client: Connection reset by peer', /connection was lost/],
    ['numeric field overflow DETAIL:  A field with precision 10, scale 2 must round', /range of its column/],
    ['SQLSTATE 53100: no room', /disk/],
    ['ERROR: 42501: permission denied for table x', /privilege/],
  ])('for %j comes from the meaning of its SQLSTATE', (error, suggestion) => {
    expect(suggested(error)).toMatch(suggestion);
  });

  it.each(['count mismatch: source 1, target 2', 'source row 7 is strange', ''])('is not guessed for %j', (error) => {
    expect(suggested(error)).toBeNull();
  });

  it('trusts the SQLSTATE that the error names more than its words', () => {
    expect(suggested('SQLSTATE 40P01: could not copy, permission denied')).toMatch(/retry usually succeeds/);
  });
});

describe('the foreign key of an error', () => {
  it('has the constraint, and the parent table if the error names it', () => {
    const error = 'insert or update on table "a" violates foreign key constraint "a_b_fkey"';
    expect(foreignKeyOf(error)).toEqual({ constraint: 'a_b_fkey', parent: null });
    expect(foreignKeyOf(`${error}\nDETAIL:  Key (b)=(1) is not present in table "b".`)).toEqual({
      constraint: 'a_b_fkey',
      parent: 'b',
    });
    expect(foreignKeyOf('deadlock detected')).toBeNull();
  });
});
