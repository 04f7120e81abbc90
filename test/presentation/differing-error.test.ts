import { expect, it } from 'vitest';
import { differingPart } from '../../source/presentation/differing-error.ts';

const foreignKey = 'insert or update on table … violates foreign key constraint …';

it.each([
  [
    'insert or update on table "cases" violates foreign key constraint "cases_fkey" DETAIL:  Key (id)=(17) is not present in table "x".',
    foreignKey,
    'Key (id)=(17) is not present in table "x".',
  ],
  ['insert or update on table "cases" violates foreign key constraint "cases_fkey"', foreignKey, '"cases_fkey"'],
  [
    'insert or update on table "other" violates foreign key constraint "a"',
    foreignKey,
    '"other" violates foreign key constraint "a"',
  ],
  ['count mismatch: source 90000, target 89337', 'count mismatch: source …, target …', '90000, target 89337'],
  ['value too long CONTEXT:  column "title", row 12', 'value too long', 'column "title", row 12'],
  ['deadlock detected', 'deadlock detected', ''],
  ['other text', foreignKey, ''],
])('of %s shows what its kind does not say', (error, kind, part) => {
  expect(differingPart(error, kind, 'cases')).toBe(part);
});
