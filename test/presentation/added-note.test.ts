import { expect, it } from 'vitest';
import type { WatchedEvent } from '../../source/domain/watched-events.ts';
import { addedNote } from '../../source/presentation/added-note.ts';

const added = (at: number, records: number): WatchedEvent => ({
  at,
  key: `added ${at}`,
  what: {
    kind: 'added',
    phase: 'execution',
    tableName: 'cases',
    operations: 10,
    from: 0,
    to: records,
    of: 'records',
  },
});

it('adds up what was added within a minute, and says how long ago the last of it was', () => {
  expect(addedNote([added(1000, 400_000), added(1050, 200_000)], 'execution', 1090)).toBe('600k records added 40s ago');
});

it('says of additions that lie apart in which time they were, and not how long ago the last one was', () => {
  const events = [added(1000, 680_000), added(2000, 600_000)];
  expect(addedNote(events, 'execution', 2090)).toBe('1.28M records added in the last 19 min');
  // After an hour, the first one is left out.
  expect(addedNote(events, 'execution', 4700)).toBe('600k records added 45m 00s ago');
  expect(addedNote(events, 'validation', 2090)).toBe('');
});
