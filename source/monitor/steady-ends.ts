import type { Eta } from '../domain/eta.ts';
import { withinWhole } from '../domain/several-etas.ts';
import type { TableRow } from '../presentation/rows.ts';
import { type ShownEta, steadyEta } from './steady-eta.ts';

/** The ends that the rows of a list show, by the keys of the rows. */
export type ShownEnds = ReadonlyMap<string, ShownEta>;

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
  const ends = new Map<string, ShownEta>();
  const steady = rows.map((row) => {
    if (row.eta === null) return row;
    const last = before.get(row.key) ?? null;
    const eta = row.eta === whole ? whole : steadyEta(last, takenAt, row.eta);
    ends.set(row.key, { takenAt, eta, since: last?.since ?? takenAt });
    return { ...row, eta: withinWhole(eta, whole) };
  });
  return { rows: steady, ends };
}
