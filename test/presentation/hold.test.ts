import { expect, it } from 'vitest';
import { sharedHoldNote, withSharedHold } from '../../source/presentation/hold.ts';

const rows = (...holds: readonly (string | null)[]) => holds.map((hold) => ({ hold }));
const shared = (...holds: readonly (string | null)[]) =>
  withSharedHold(rows(...holds)).map((row) => 'isHoldShared' in row);

it('leaves the reason that most held operations share to the title', () => {
  expect(shared('deploy', null, 'replica lag', 'deploy')).toEqual([true, false, false, true]);
  expect(sharedHoldNote(withSharedHold(rows('deploy', 'replica lag', 'deploy')))).toBe('2 HELD: deploy');
  expect(sharedHoldNote(withSharedHold(rows('deploy', null, 'deploy')))).toBe('HELD: deploy');
});

it('keeps the reason of a single operation, unless all were paused', () => {
  expect(shared('replica lag', null, '')).toEqual([false, false, false]);
  expect(shared('all running and pending operations (P)', null)).toEqual([true, false]);
  expect(sharedHoldNote(rows('replica lag'))).toBe('');
});
