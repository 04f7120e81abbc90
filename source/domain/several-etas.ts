import type { Eta } from './eta.ts';

/** The ETA of one table. */
export interface TableEta {
  readonly tableName: string;
  readonly eta: Eta;
}

/** Nothing without an ETA. */
export function tableEta(tableName: string, eta: Eta | null): readonly TableEta[] {
  return eta === null ? [] : [{ tableName, eta }];
}

/** The latest end of one table decides that of all if it is this many times as far away as that of the others, and as that of the whole. */
const decisiveTimes = 1.25;

/**
 * The ETA of several tables. Their workers may or may not continue with other tables when one is done: the range includes both
 * ends.
 *
 * @param whole the ETA if all workers go on until everything is done
 * @param single the ETAs of tables that are worked on; at least one
 * @param isEachWorkedOn whether these are all tables: those that nobody works on are not done when the others are
 */
export function etaOfEach(whole: Eta, single: readonly TableEta[], isEachWorkedOn: boolean): Eta {
  const last = lastOf(single.map(({ eta }) => eta));
  const [slowest, second] = single.toSorted((a, b) => b.eta.highSeconds - a.eta.highSeconds);
  const others = Math.max(whole.highSeconds, second?.eta.highSeconds ?? 0);
  return {
    lowSeconds: isEachWorkedOn ? Math.min(whole.lowSeconds, last.lowSeconds) : whole.lowSeconds,
    highSeconds: Math.max(whole.highSeconds, last.highSeconds),
    ...(slowest !== undefined && slowest.eta.highSeconds >= decisiveTimes * others && { lastTable: slowest.tableName }),
  };
}

/** The tables of a phase, as far as their ETA depends on them. */
interface Tables {
  /** Whether there is no other way in which the work may continue than that of the whole: there is one table, or the workers go from one to another. */
  readonly isWhole: boolean;
  /** How many are open. */
  readonly open: number;
  /** As in `etaOfEach`. */
  readonly isEachWorkedOn: boolean;
}

/** The ETA of all tables by that of the whole and by those of single tables; the parameters are those of `etaOfEach`. */
export function etaOfAll(
  whole: Eta | null,
  single: readonly TableEta[],
  { isWhole, open, isEachWorkedOn }: Tables,
): Eta | null {
  if (whole === null || single.length === 0) return whole;
  if (isWhole) {
    const last = lastOf(single.map(({ eta }) => eta));
    // If all are done before it begins, the rates of the tables contradict that of the whole.
    const isContradicted = isEachWorkedOn && single.length === open && last.highSeconds < whole.lowSeconds;
    return isContradicted ? { ...whole, lowSeconds: last.lowSeconds } : whole;
  }
  return open === 1 ? lastOf(single.map(({ eta }) => eta)) : etaOfEach(whole, single, isEachWorkedOn);
}

/**
 * The ETA of a part by its own rate, at each end not later than that of the whole: workers that are done elsewhere may
 * go on with it. The whole is done only when each part is: if it can be done at a time, so can the part.
 */
export function withinWhole(part: Eta | null, whole: Eta | null): Eta | null {
  if (part === null || whole === null) return part;
  return {
    ...part,
    lowSeconds: Math.min(part.lowSeconds, whole.lowSeconds),
    highSeconds: Math.min(part.highSeconds, whole.highSeconds),
  };
}

/** When the last of some works will end. */
export function lastOf(etas: readonly Eta[]): Eta {
  return {
    lowSeconds: Math.max(...etas.map(({ lowSeconds }) => lowSeconds)),
    highSeconds: Math.max(...etas.map(({ highSeconds }) => highSeconds)),
  };
}
