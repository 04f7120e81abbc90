/** The start of an operation, in seconds as its writer's clock shows it. */
export interface Start {
  readonly id: number;
  readonly workerId: number | null;
  readonly at: number;
  readonly tableName: string;
}

/** The starts that writers of one zone have written. */
export interface Shifted {
  /** In the order of their ids. */
  readonly starts: readonly Start[];
  readonly workers: readonly number[];
}

/** Quotes the check. */
const quote = '$check$';

/**
 * The SQL that moves the timestamps of these writers by some seconds. It does nothing the second time, because the first of the starts
 * has changed then, and takes everything back if starts still jump afterwards.
 *
 * @param table the full name of the control table, quoted
 * @param checked the ids from the first to the last operation that was compared
 */
export function zoneShift(
  table: string,
  { starts, workers }: Shifted,
  seconds: number,
  checked: { readonly from: number; readonly to: number },
): string | null {
  const [first, last] = [starts[0], starts.at(-1)];
  if (first === undefined || last === undefined || workers.length === 0 || table.includes(quote)) return null;
  const step = `interval '${seconds} seconds'`;
  return [
    'BEGIN;',
    `UPDATE ${table}`,
    `SET started_at = started_at + ${step},`,
    `  completed_at = completed_at + ${step}`,
    `WHERE id BETWEEN ${first.id} AND ${last.id} AND worker_id IN (${workers.join(', ')})`,
    `  AND (SELECT abs(date_part('epoch', started_at) - ${first.at}) < 1`,
    `    FROM ${table} WHERE id = ${first.id});`,
    `DO ${quote} BEGIN`,
    '  IF (SELECT count(*) FROM (',
    '    SELECT started_at - lag(started_at) OVER (ORDER BY id) AS step',
    `    FROM ${table} WHERE id BETWEEN ${checked.from} AND ${checked.to}`,
    '      AND started_at IS NOT NULL AND isfinite(started_at)',
    `  ) AS steps WHERE abs(date_part('epoch', step) + ${Math.abs(seconds)}) <= 90) > 2`,
    "  THEN RAISE EXCEPTION 'starts still jump: nothing is changed'; END IF;",
    `END ${quote};`,
    'COMMIT;',
  ].join('\n');
}
