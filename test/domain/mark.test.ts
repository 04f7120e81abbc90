import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyMark, type Mark, readMark, writeMark } from '../../source/domain/mark.ts';

const whole: Mark = { run: 'dispatch', from: 1000, ofOperation: false, repeats: 10, worked: null };

it('is a comment at the end of the query, or alone if there is no query', () => {
  expect(writeMark('SELECT 1', whole)).toBe('SELECT 1 /* migtop run=dispatch counts=own from=1000 repeats=10 */');
  expect(writeMark(null, emptyMark)).toBe('/* migtop run=- counts=own */');
  expect(writeMark(null, { ...whole, from: 300, ofOperation: true, repeats: null })).toBe(
    '/* migtop run=dispatch counts=own from=300 of=operation */',
  );
  expect(writeMark(null, { ...whole, from: null, atLeast: 300 })).toBe(
    '/* migtop run=dispatch counts=own from=300 of=table repeats=10 */',
  );
});

it('is read back as it was written, and the owner’s text comes back as it was', () => {
  const marks = fc.record({
    run: fc.option(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', '-', '%', '*/', 'a b', "it's", '%2D')),
    ),
    from: fc.option(fc.nat(Number.MAX_SAFE_INTEGER)),
    ofOperation: fc.boolean(),
    atLeast: fc.nat(Number.MAX_SAFE_INTEGER),
    repeats: fc.option(fc.maxSafeInteger()),
    worked: fc.option(fc.nat(10 ** 9).map((thousandths) => thousandths / 1000)),
  });
  const texts = fc.option(fc.oneof(fc.string(), fc.constantFrom('', ' ', '-- x', 'SELECT 1;\n')));
  fc.assert(
    fc.property(texts, marks, fc.boolean(), (text, { atLeast, ...given }, isOfTable) => {
      const mark: Mark = { ...given, ...(isOfTable && given.from === null ? { atLeast } : {}) };
      const written = writeMark(text, mark);
      const { text: read } = readMark(text);
      expect(readMark(written)).toEqual({
        text: read,
        mark: { ...mark, ofOperation: mark.ofOperation && mark.from !== null },
      });
      // A row that is marked again keeps one mark.
      expect(writeMark(written, mark)).toBe(written);
    }),
  );
});

it.each([
  'SELECT 1',
  '/* migtop run=a */',
  '/* migtop run=a counts=all */',
  '/* migtop run=a counts=own from=-1 */',
  '/* migtop run=a counts=own from=01 */',
  '/* migtop run=a counts=own from=9999999999999999 */',
  '/* migtop run=a counts=own of=operation */',
  '/* migtop run=a counts=own of=table */',
  '/* migtop run=a counts=own repeats=1 from=2 */',
  '/* migtop run=a counts=own */ ',
  '/* migtop run=a counts=own */ SELECT 1',
  'SELECT 1/* migtop run=a counts=own */',
  '/* migtop run=a b counts=own */',
  '/* migtop run=%zz counts=own */',
  '/* migtop run=%61 counts=own */',
])('is not found in %j', (text) => {
  expect(readMark(text)).toEqual({ text, mark: null });
});
