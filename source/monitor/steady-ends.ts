import type { Eta } from '../domain/eta.ts';
import { withinWhole } from '../domain/several-etas.ts';
import type { TableRow } from '../presentation/rows.ts';
import { isAsMuchWork, type WorkOfEta } from './same-work.ts';
import { type ShownEta, steadyEta } from './steady-eta.ts';

/** The end that a row shows, and the work of its table then. */
interface ShownEnd extends ShownEta {
  readonly work: WorkOfEta;
}

/** The ends that the rows of a list show, by the keys of the rows. */
export type ShownEnds = ReadonlyMap<string, ShownEnd>;

export const noEnds: ShownEnds = new Map();

/**
 * The rows of tables with ends that move as that of line 2 does (steady-eta.ts), and these ends.
 *
 * @param before the ends that the list showed last
 * @param whole the ETA of line 2; a row that shows it itself keeps it
 */
export function withSteadyEnds(
  rows: readonly TableRow[],
  before: ShownEnds,
  takenAt: number,
  whole: Eta | null,
): { readonly rows: readonly TableRow[]; readonly ends: ShownEnds } {
  const ends = new Map<string, ShownEnd>();
  const steady = rows.map((row) => {
    if (row.eta === null) return row;
    const known = before.get(row.key);
    const last = known !== undefined && isAsMuchWork(known.work, row.table) ? known : null;
    const eta = row.eta === whole ? whole : steadyEta(last, takenAt, row.eta);
    ends.set(row.key, { takenAt, eta, since: last?.since ?? takenAt, work: row.table });
    return { ...row, eta: withinWhole(eta, whole) };
  });
  return { rows: steady, ends };
}
