import { expect, it } from 'vitest';
import type { SkipCosts } from '../../source/domain/skip-costs.ts';
import { skipCostTexts } from '../../source/presentation/skip-cost-text.ts';

const costs = (given: Partial<SkipCosts>): SkipCosts => ({
  operations: 3,
  tables: ['cases'],
  records: { left: 600, ifOwn: null, unknown: 0 },
  validations: 0,
  areMigrated: true,
  validatedTables: 1,
  areInvalid: false,
  openAttempts: 0,
  ownOpen: 0,
  read: null,
  ...given,
});

it.each([
  [{}, 'has completed for this table: its result will no longer be valid'],
  [{ areInvalid: true }, 'has completed for this table, but its result is not valid now either'],
  [{ tables: ['cases', 'fees'] }, 'completed for 1 of these 2 tables: results will no longer be valid'],
  [{ validatedTables: 0, areInvalid: true }, 'has not completed for this table yet'],
])('says of the validation of its tables, with %o: %s', (given, says) => {
  const texts = skipCostTexts(costs(given)).filter(({ name }) => name === 'validation');
  expect(texts.map((text) => text.says)).toEqual([says]);
});
