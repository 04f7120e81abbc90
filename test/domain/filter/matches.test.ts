import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '../../../source/domain/filter/matches.ts';
import { parseFilter } from '../../../source/domain/filter/parse.ts';
import { fold, matchesPattern, variantsOf } from '../../../source/domain/filter/pattern.ts';
import { type Facts, only, resolveFilter } from '../../../source/domain/filter/resolve.ts';
import type { Operation } from '../../../source/domain/operation.ts';
import { at, bracketRows, junctionRows, operation } from '../build.ts';

const facts: Facts = {
  now: at('10:22:00'),
  zone: undefined,
  is: (name) =>
    name === 'unresolved' ? { kind: 'failed-except', ids: new Set() } : only(name === 'stalled' ? [3] : []),
  ofKind: (test) => (test('foreign key constraint violation on …', '23503') ? [10] : []),
  actedOnBy: (test) => (test(['ops2', 'postgres', 'ops2@bastion']) ? [12, 13] : []),
};

function idsFor(text: string, rows: readonly Operation[] = [...bracketRows, ...junctionRows]): number[] {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') throw new Error(parsed.problem);
  const filter = resolveFilter(parsed.filter, facts);
  return rows.filter((row) => matches(filter, row)).map(({ id }) => id);
}

describe('operations that pass', () => {
  it.each([
    ['', [1, 2, 3, 4, 8, 10, 11, 12, 13]],
    ['status:failed', [10]],
    ['!status:completed', [10]],
    ['phase:validation', [8, 11]],
    ['worker:1 phase:execution', [3, 4]],
    ['worker:7', []],
    ['table:BRACKET', [1, 2, 3, 4, 8]],
    ['table:bracket*', [2, 3, 4, 8]],
    ['table:bracket%', [2, 3, 4, 8]],
    ['table:=brackets', [2, 3, 4, 8]],
    ['table:=Brackets', []],
    ['table:cases,dispatch', [1, 12]],
    ['retry', [13]],
    ['CONSTRAINT VIOLATION', [10]],
    ['violation constraint', [10]],
    ['"violation constraint"', []],
    ['fore*case', [10]],
    ['!brackets !cases', [1, 10, 11, 13]],
    ['id:3..8', [3, 4, 8]],
    ['id:12..', [12, 13]],
    ['id:1,..3,13', [1, 2, 3, 13]],
    ['since:90s', [12, 13]],
    ['since:10:18', [10, 11, 12, 13]],
    ['since:11', [11, 12, 13]],
    ['kind:"foreign key"', [10]],
    ['kind:23503', [10]],
    ['kind:2350', []],
    ['by:ops2', [12, 13]],
    ['by:OPS', []],
    ['by:ops*', [12, 13]],
    ['by:*@bastion', [12, 13]],
    ['is:stalled', [3]],
    ['is:unresolved', [10]],
    ['!is:unresolved table:case', [11, 12, 13]],
  ])('%j', (text, ids) => {
    expect(idsFor(text)).toEqual(ids);
  });

  it('are found by the letters that were typed, apart from *', () => {
    const rows = [operation({ id: 1, tableName: 'a_b' }), operation({ id: 2, tableName: 'axb' })];
    expect(idsFor('a_b', rows)).toEqual([1]);
    expect(idsFor('%', rows)).toEqual([]);
    expect(idsFor('a.b', rows)).toEqual([]);
    expect(idsFor('a*b', rows)).toEqual([1, 2]);
    expect(idsFor('"a*b"', rows)).toEqual([]);
  });

  it('need a value if the filter names one, and none if it is negated', () => {
    const rows = [operation({ id: 1, workerId: null }), operation({ id: 2, workerId: 0 })];
    expect(idsFor('worker:0', rows)).toEqual([2]);
    expect(idsFor('!worker:0', rows)).toEqual([1]);
    expect(idsFor('worker:none', rows)).toEqual([1]);
    expect(idsFor('worker:..5', rows)).toEqual([2]);
  });
});

describe('a pattern', () => {
  it('finds each text that its literals are in, one after the other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
        fc.string(),
        (literals, between) => {
          const pattern = { literals, isExact: false };
          const text = literals.join(between);
          expect(matchesPattern(pattern, `${between}${text}${between}`, 'anywhere')).toBe(true);
          if (literals.length > 1) expect(matchesPattern(pattern, text, 'whole')).toBe(true);
        },
      ),
    );
  });

  it('folds each letter to one that has it as a variant', () => {
    for (let code = 0; code < 0x1ffff; code++) {
      const letter = String.fromCodePoint(code);
      const folded = fold(letter);
      const variants = variantsOf(folded);
      if (!variants.includes(letter) || variants.some((one) => fold(one) !== folded)) expect.fail(letter);
    }
  });
});
