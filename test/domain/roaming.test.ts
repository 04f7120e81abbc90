import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { hadRoamed, hasRoamed } from '../../source/domain/roaming.ts';
import { operation, snapshot } from '../support/fixtures.ts';

const at = 1_700_000_000;
const batch = (id: number, given: Partial<Operation>): Operation =>
  operation({ id, workerId: 1, phase: 'execution', status: 'completed', completedAt: null, ...given });
const tracksOf = (...operations: Operation[]) => observe(null, snapshot({ takenAt: at, operations })).tracks;

describe('a worker goes on with another table', () => {
  it('if it began an operation of it after the last one had ended', () => {
    const tracks = tracksOf(
      batch(1, { tableName: 'cases', startedAt: at - 30, completedAt: at - 10 }),
      batch(2, { tableName: 'notes', status: 'running', startedAt: at - 10 }),
    );
    expect(hasRoamed(tracks)).toBe(true);
  });

  it('if it left a paused one', () => {
    const tracks = tracksOf(
      batch(1, { tableName: 'cases', status: 'paused', startedAt: at - 30 }),
      batch(2, { tableName: 'notes', status: 'running', startedAt: at - 10 }),
    );
    expect(hasRoamed(tracks)).toBe(true);
  });

  it('not if it has operations of one table only, or has not begun the other', () => {
    const tracks = tracksOf(
      batch(1, { tableName: 'cases', startedAt: at - 30, completedAt: at - 10 }),
      batch(2, { tableName: 'cases', status: 'running', startedAt: at - 10 }),
      batch(3, { tableName: 'notes', status: 'pending', startedAt: null }),
    );
    expect(hasRoamed(tracks)).toBe(false);
  });

  it('not if two programs have a worker with this number', () => {
    const cases = { tableName: 'cases', startedAt: at - 30 } as const;
    const notes = batch(2, { tableName: 'notes', status: 'running', startedAt: at - 20 });
    expect(hasRoamed(tracksOf(batch(1, { ...cases, status: 'running' }), notes))).toBe(false);
    // One of them is between two operations.
    expect(hasRoamed(tracksOf(batch(1, { ...cases, completedAt: at - 1 }), notes))).toBe(false);
  });

  it('by the batches of the hour before, unless many began during others', () => {
    expect(hadRoamed({})).toBe(false);
    expect(hadRoamed({ tableChanges: { after: 0, during: 0 } })).toBe(false);
    expect(hadRoamed({ tableChanges: { after: 20, during: 2 } })).toBe(true);
    expect(hadRoamed({ tableChanges: { after: 20, during: 3 } })).toBe(false);
  });
});
