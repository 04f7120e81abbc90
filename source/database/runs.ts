import { dayGapSeconds, hourGapSeconds, type RunStart } from '../domain/runs.ts';
import type { Connection } from './connection.ts';
import { fieldsOf } from './fields.ts';
import { query } from './query.ts';
import { ofKind, readTagged } from './tagged-rows.ts';
import type { Target } from './target.ts';

/** Maximum number of steps back: 250 days for gaps of a day, ten days for gaps of an hour. */
const mostSteps = 500;

/** Maximum time of each of the two statements. */
const seconds = 2;

/**
 * Reads the possible starts of the newest run. Returns none if `--since` restricts the table, or if the read fails or takes too
 * long: nothing else depends on it.
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
  const { gap, at, before, ended } = fieldsOf(body);
  if (typeof gap !== 'number' || typeof at !== 'number' || typeof before !== 'number') return [];
  return [{ gapSeconds: gap, at, before, ended: typeof ended === 'number' ? ended : null }];
}
