import { dayGapSeconds, hourGapSeconds, type RunStart } from '../domain/runs.ts';
import { readTogether } from './bounds.ts';
import type { Connection } from './connection.ts';
import { sqlFor } from './sql.ts';
import { ofKind, type Tagged } from './tagged-rows.ts';
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
  const text = sqlFor('runs', target.table, target);
  try {
    const rows = await readTogether(
      connection,
      target,
      [dayGapSeconds, hourGapSeconds].map((gap) => ({ text, values: [gap, mostSteps, target.table], seconds })),
    );
    return ofKind(rows.flat() as unknown as Tagged[], 'run').flatMap(decodeRunStart);
  } catch {
    return [];
  }
}

function decodeRunStart(body: unknown): RunStart[] {
  const { gap, at, before, ended } = body as Record<string, unknown>;
  if (typeof gap !== 'number' || typeof at !== 'number' || typeof before !== 'number') return [];
  return [{ gapSeconds: gap, at, before, ended: typeof ended === 'number' ? ended : null }];
}
