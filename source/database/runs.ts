import { dayGapSeconds, hourGapSeconds, type RunStart } from '../domain/runs.ts';
import type { Connection } from './connection.ts';
import { query } from './query.ts';
import { ofKind, readTagged } from './tagged-rows.ts';
import type { Target } from './target.ts';

/** How many steps back are taken at most: 250 days for gaps of a day, ten days for gaps of an hour. */
const mostSteps = 500;

/** How many seconds each of both statements may take. */
const seconds = 2;

/**
 * Reads where the newest of several runs may begin. None where the table is restricted, or where PostgreSQL does not answer
 * in time: nothing else depends on it.
 */
export async function readRunStarts(connection: Connection, target: Target): Promise<readonly RunStart[]> {
  if (target.scope !== undefined) return [];
  try {
    const rows = await readTagged(
      connection,
      target,
      [dayGapSeconds, hourGapSeconds].map((gapSeconds) => ({
        ...query('runs', target, { gapSeconds, steps: mostSteps, table: target.table }),
        seconds,
      })),
    );
    return ofKind(rows.flat(), 'run').flatMap(decodeRunStart);
  } catch {
    return [];
  }
}

function decodeRunStart(body: unknown): RunStart[] {
  const { gap, at, before, ended } = body as Record<string, unknown>;
  if (typeof gap !== 'number' || typeof at !== 'number' || typeof before !== 'number') return [];
  return [{ gapSeconds: gap, at, before, ended: typeof ended === 'number' ? ended : null }];
}
