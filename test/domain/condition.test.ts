import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type FigureCondition,
  figureNames,
  isTrue,
  needsRates,
  needsTotals,
  parseConditions,
} from '../../source/domain/condition.ts';
import type { ConditionFigures } from '../../source/domain/condition-figures.ts';

const figures: ConditionFigures = {
  counts: {
    operations: 200,
    pending: 90,
    running: 5,
    paused: 1,
    completed: 80,
    failed: 20,
    skipped: 4,
    unresolved: 10,
    stalled: 0,
  },
  percent: 64.2,
  recordsPerSecond: 120,
  etaSeconds: 3600,
  ageSeconds: 61,
  isLate: true,
};

function parsed(text: string): readonly FigureCondition[] {
  const result = parseConditions(text);
  return result.kind === 'ok' ? result.conditions : expect.fail(`${text}: ${result.problem}`);
}

function truth(text: string, given: Partial<ConditionFigures> = {}): boolean | null {
  const [condition] = parsed(text);
  return condition === undefined ? expect.fail('no condition') : isTrue(condition, { ...figures, ...given });
}

describe('a condition', () => {
  it.each<[string, boolean]>([
    ['unresolved>5', true],
    ['unresolved>10', false],
    ['unresolved >= 10', true],
    ['unresolved>5%', false],
    ['unresolved>=5%', true],
    ['unresolved>4.9%', true],
    ['stalled>0', false],
    ['stalled=0', true],
    ['stalled==0', true],
    ['stalled!=0', false],
    ['stalled<>0', false],
    ['FAILED<21', true],
    ['paused<=0', false],
    ['operations<1000', true],
    ['percent<64.2', false],
    ['percent<65%', true],
    ['rate<100', false],
    ['age>60s', true],
    ['age>1m', true],
    ['age>1m30s', false],
    ['age>60.5s', true],
    ['eta>59m', true],
    ['eta>1h', false],
    ['late', true],
    ['Late', true],
  ])('%s is %s', (text, expected) => {
    expect(truth(text)).toBe(expected);
  });

  it('is not known if its figure is not known', () => {
    const unknown = { ...figures.counts, operations: null, unresolved: null };
    expect(truth('unresolved>5', { counts: unknown })).toBe(null);
    expect(truth('failed>5%', { counts: unknown })).toBe(null);
    expect(truth('failed>5', { counts: unknown })).toBe(true);
    expect([truth('eta>1h', { etaSeconds: null }), truth('late', { isLate: null })]).toEqual([null, null]);
  });

  it('of a share is false in an empty table', () => {
    const none = { ...figures.counts, operations: 0, unresolved: 0 };
    expect(truth('unresolved>5%', { counts: none })).toBe(false);
  });

  it.each([
    ['', 'takes conditions such as unresolved>5,'],
    ['unresolved', 'takes conditions'],
    ['unresolved>', 'takes conditions'],
    ['unresolved>5,', 'takes conditions'],
    ['>5', 'takes conditions'],
    ['unresolvd>5', 'did you mean unresolved?'],
    ['postgres://u:hunter2@h/d', 'takes conditions'],
    ['hunter>2', 'compares one of operations, pending,'],
    ['unresolved>x', 'takes a number after unresolved'],
    ['unresolved>-1', 'takes a number after unresolved'],
    ['operations>5%', 'takes a number after operations'],
    ['rate>5%', 'takes records a second'],
    ['age>60', 'takes a duration after age'],
    ['eta>22:00', 'takes a duration after eta'],
    ['late>5', 'takes late alone'],
  ])('%j is refused, and no part of it that is no name is repeated', (text, problem) => {
    const result = parseConditions(text);
    expect(result.kind === 'wrong' ? result.problem : 'taken').toContain(problem);
    expect(JSON.stringify(result)).not.toMatch(/hunter/);
  });

  it('may be combined with others, and is printed in a form that is read as the same condition', () => {
    expect(parsed('unresolved > 5 %, stalled>0,late').map(({ text }) => text)).toEqual([
      'unresolved>5%',
      'stalled>0',
      'late',
    ]);
    fc.assert(
      fc.property(
        fc.constantFrom(...figureNames),
        fc.constantFrom('>', '>=', '<', '<=', '=', '!='),
        fc.nat(1000),
        (name, operator, limit) => {
          const text = `${name} ${operator} ${limit}${name === 'age' || name === 'eta' ? 's' : ''}`;
          const [condition] = parsed(text);
          expect(parsed(condition?.text ?? '')).toEqual([condition]);
        },
      ),
    );
  });

  it.each<[string, boolean, boolean]>([
    ['unresolved>0', false, false],
    ['stalled>0', false, false],
    ['running<1', false, false],
    ['age>60s', false, false],
    ['pending>0', true, false],
    ['unresolved>5%', true, false],
    ['percent<5', true, false],
    ['late', true, true],
    ['eta>2h', true, true],
    ['rate<1', true, true],
  ])('%s needs the whole table: %s, and rates: %s', (text, totals, rates) => {
    const [condition] = parsed(text);
    if (condition === undefined) throw new Error(text);
    expect([needsTotals(condition), needsRates(condition)]).toEqual([totals, rates]);
  });
});
