import { expect, it } from 'vitest';
import { openAfterValidation } from '../../source/domain/doctor/observed.ts';
import { observe } from '../../source/domain/observation.ts';
import type { Operation, Status } from '../../source/domain/operation.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

function tableOf(...executions: readonly Status[]): Operation[] {
  const ended = (status: Status) => ({ startedAt: noon - 60, completedAt: status === 'completed' ? noon - 50 : null });
  const rows = executions.map((status, index) =>
    operation({ id: index + 1, status, recordsProcessed: 500, totalRecords: 500, batchSize: 500, ...ended(status) }),
  );
  const checked = {
    phase: 'validation',
    operation: 'count_verification',
    recordsProcessed: 500,
    totalRecords: 500,
  } as const;
  return [...rows, operation({ id: 9, status: 'completed', ...checked, ...ended('completed') })];
}

it.each([
  [['completed'], 'valid'],
  [['completed', 'skipped'], 'valid'],
  [['completed', 'running'], 'early'],
  [['completed', 'paused'], 'early'],
  [['completed', 'pending'], 'early'],
  [['completed', 'failed'], 'early'],
  [[], 'valid'],
] as const)(
  'a completed validation of a table with operations that are %j is %s, as doctor finds it',
  (executions, state) => {
    const observation = observe(null, snapshot(noon, tableOf(...executions)));
    expect(observation.validations.get('brackets')).toBe(state);
    expect(openAfterValidation(observation)).toEqual(state === 'early' ? ['brackets'] : []);
  },
);

it.each([
  [[noon - 50], 'valid'],
  [[noon - 47], 'valid'],
  [[noon - 50, noon - 10], 'early'],
] as const)('is early if an operation completed after it (%j)', (ends, state) => {
  const rows = tableOf(...ends.map(() => 'completed' as const));
  const last = rows.map((row) => (row.phase === 'execution' ? { ...row, completedAt: ends[row.id - 1] ?? null } : row));
  const observation = observe(null, snapshot(noon, last));
  expect(observation.validations.get('brackets')).toBe(state);
  expect(openAfterValidation(observation)).toEqual(state === 'early' ? ['brackets'] : []);
});

it('is not early because of a later skip or a later failure that is resolved', () => {
  const [done, skipped, checked] = tableOf('completed', 'skipped');
  const rows = [done, skipped && { ...skipped, completedAt: noon - 5 }, checked].flatMap((row) => row ?? []);
  expect(observe(null, snapshot(noon, rows)).validations.get('brackets')).toBe('valid');
});

it('waits for all failures before one of them contradicts a validation', () => {
  const rows = tableOf('completed', 'failed');
  const { triage } = observe(null, snapshot(noon, rows));
  const unknown = observe(null, snapshot(noon, rows, { triage: { ...triage, isWhole: false } }));
  expect(unknown.validations.get('brackets')).toBe('valid');
});
