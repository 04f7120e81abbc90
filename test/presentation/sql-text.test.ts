import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sqlText } from '../../source/presentation/sql-text.ts';

describe('a query of the detail', () => {
  it('has a line for each clause, and tones for its words', () => {
    const { text, pieces } = sqlText(
      "SELECT * FROM legacy.cases WHERE name = 'Smith' ORDER BY id LIMIT 500 OFFSET 1500",
    );
    expect(text.split('\n').length).toBeGreaterThan(3);
    expect(pieces).toContainEqual({ text: 'FROM', tone: 'accent' });
    expect(pieces).toContainEqual({ text: "'Smith'", tone: 'good' });
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  });

  it('is shown as it is if it is not SQL', () => {
    expect(sqlText('not sql {{ at all').text).toBe('not sql {{ at all');
  });

  it('differs from the query in its blanks only', () => {
    const words = fc.constantFrom(
      'SELECT',
      'FROM',
      'WHERE',
      'AND',
      "'a  b'",
      '"C d"',
      '1',
      '::',
      'x',
      '(',
      ')',
      ',',
      '--y\n',
      '/* z */',
      '$1',
      '?',
      ':a',
      '{',
      '\\',
      "'",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        const query = parts.join(' ');
        const { text, pieces } = sqlText(query);
        expect(text.replace(/\s+/g, '')).toBe(query.replace(/\s+/g, ''));
        expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
