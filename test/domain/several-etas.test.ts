import fc from 'fast-check';
import { expect, it } from 'vitest';
import { etaOfAll, etaOfEach, tableEta, withinWhole } from '../../source/domain/several-etas.ts';

const whole = { lowSeconds: 600, highSeconds: 900 };
const cases = (highSeconds: number) => tableEta('cases', { lowSeconds: 300, highSeconds });
const fees = tableEta('fees', { lowSeconds: 300, highSeconds: 700 });

it('names the table that alone makes the end late', () => {
  expect(etaOfEach(whole, [...fees, ...cases(3600)], true)).toMatchObject({ highSeconds: 3600, lastTable: 'cases' });
});

it('names none if the end of another table, or of all together, is about as late', () => {
  const late = tableEta('fees', { lowSeconds: 300, highSeconds: 3400 });
  expect(etaOfEach(whole, [...late, ...cases(3600)], true).lastTable).toBeUndefined();
  expect(etaOfEach(whole, [...fees, ...cases(1000)], true).lastTable).toBeUndefined();
});

it('of workers that go from table to table does not begin after the ends of all tables, if each is worked on', () => {
  const tables = { isWhole: true, open: 2, isEachWorkedOn: true };
  expect(etaOfAll(whole, [...fees, ...cases(500)], tables)).toEqual(whole);
  expect(etaOfAll(whole, [...tableEta('fees', { lowSeconds: 90, highSeconds: 200 }), ...cases(500)], tables)).toEqual({
    ...whole,
    lowSeconds: 300,
  });
  // Nothing is known of another table.
  expect(etaOfAll(whole, cases(500), tables)).toEqual(whole);
  const unworked = { ...tables, isEachWorkedOn: false };
  expect(etaOfAll(whole, [...tableEta('fees', { lowSeconds: 90, highSeconds: 200 }), ...cases(500)], unworked)).toEqual(
    whole,
  );
});

it('no table has an end that its phase cannot have', () => {
  const eta = fc.tuple(fc.integer({ min: 1, max: 9000 }), fc.nat(9000)).map(([lowSeconds, more]) => ({
    lowSeconds,
    highSeconds: lowSeconds + more,
  }));
  fc.assert(
    fc.property(eta, eta, (part, whole) => {
      const { lowSeconds, highSeconds } = withinWhole(part, whole) ?? expect.fail();
      expect(lowSeconds).toBeLessThanOrEqual(Math.min(whole.lowSeconds, highSeconds));
      expect(highSeconds).toBeLessThanOrEqual(whole.highSeconds);
    }),
  );
  expect(withinWhole(whole, null)).toEqual(whole);
});
