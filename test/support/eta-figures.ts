import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { type Kind, kinds, otherZone, randomMigration } from './random-migration.ts';
import { type Minute, simulate } from './simulated-migration.ts';

/** How the rates and ETAs of some minutes compare with the truth. */
export interface EtaFigures {
  /** Minutes in which work progressed, those of them with an ETA, and those whose range includes the true end. */
  progressing: number;
  shown: number;
  held: number;
  /** How many ends were before the range, and how many after it. */
  early: number;
  late: number;
  /** The width of each range as a share of the time that remained. */
  widths: number[];
  /** Minutes in which nothing progressed for four minutes or more, and those of them with an ETA. */
  still: number;
  stillShown: number;
  /** Minutes after the first one of work, and those whose rate was off by more than 5 %, or unknown. */
  rated: number;
  off: number;
  unknown: number;
  /** Over how many seconds each rate is the mean. */
  rateSeconds: number[];
  /** How far each end moved on a clock from one look to the next, as a share of the time that remained; not in the last two minutes. */
  moves: number[];
}

export const noFigures = (): EtaFigures => ({
  progressing: 0,
  shown: 0,
  held: 0,
  early: 0,
  late: 0,
  widths: [],
  still: 0,
  stillShown: 0,
  rated: 0,
  off: 0,
  unknown: 0,
  rateSeconds: [],
  moves: [],
});

type Range = { readonly lowSeconds: number; readonly highSeconds: number };

function addEta(figures: EtaFigures, eta: Range | null, { isProgressing, sinceSeconds, left }: Minute): void {
  if (!isProgressing) {
    if (sinceSeconds <= 240) return;
    figures.still++;
    if (eta !== null) figures.stillShown++;
    return;
  }
  figures.progressing++;
  if (eta === null) return;
  figures.shown++;
  if (left < eta.lowSeconds) figures.early++;
  else if (left > eta.highSeconds) figures.late++;
  else figures.held++;
  figures.widths.push((eta.highSeconds - eta.lowSeconds) / left);
}

/** The figures of the monitor and of `status` in one migration. */
export function figuresOf(
  minutes: readonly Minute[],
  watchedFrom: number,
): { readonly monitor: EtaFigures; readonly status: EtaFigures } {
  const monitor = noFigures();
  const status = noFigures();
  for (const minute of minutes) {
    const { recordsPerSecond, rateSeconds } = phaseRateAndEta(minute.observation);
    addEta(monitor, minute.shown, minute);
    if (minute.isProgressing && minute.left >= 120) monitor.moves.push(...minute.moves.map((one) => one / minute.left));
    if (minute.isProgressing && minute.sinceSeconds > 60 && minute.at > watchedFrom + 60) {
      monitor.rated++;
      if (recordsPerSecond === null) monitor.unknown++;
      else if (isOff(recordsPerSecond, minute.rateOver(rateSeconds ?? 60))) monitor.off++;
      if (rateSeconds !== undefined) monitor.rateSeconds.push(rateSeconds);
    }
    if (minute.status === null) continue;
    const { etaSeconds } = minute.status;
    addEta(status, etaSeconds === null ? null : { lowSeconds: etaSeconds.low, highSeconds: etaSeconds.high }, minute);
  }
  return { monitor, status };
}

/** Whether a rate is off by more than 5 %: the true one is over the same time as it. */
const isOff = (rate: number, real: number): boolean => Math.abs(rate - real) > 0.05 * real;

function addUp(sum: EtaFigures, added: EtaFigures): void {
  for (const [name, value] of Object.entries(added) as [keyof EtaFigures, number | number[]][])
    if (name === 'widths' || name === 'rateSeconds' || name === 'moves') sum[name].push(...added[name]);
    else sum[name] += value as number;
}

export interface GroupFigures {
  /** A kind of migrations, or how their rows are written, or all of them. */
  readonly group: string;
  readonly monitor: EtaFigures;
  readonly status: EtaFigures;
}

/** Plays migrations of each kind with some seeds. */
export function measureKinds(seeds: readonly number[], only: readonly Kind[] = kinds, pollSeconds = 1): GroupFigures[] {
  const groups = new Map<string, GroupFigures>();
  const all = { group: 'all', monitor: noFigures(), status: noFigures() };
  for (const kind of only)
    for (const seed of seeds) {
      const migration = { ...randomMigration(kind, seed), statusMinutes: 3 };
      const own = figuresOf(simulate(migration, seed, pollSeconds), migration.before ?? 0);
      const of = kind === otherZone ? [] : [`rows: ${migration.rows}`, `sessions: ${migration.isNamed === true}`];
      for (const group of [kind, ...of])
        groups.set(group, groups.get(group) ?? { group, monitor: noFigures(), status: noFigures() });
      const isOfAll = kind !== otherZone;
      for (const to of [isOfAll ? all : undefined, groups.get(kind), ...of.map((group) => groups.get(group))]) {
        if (to === undefined) continue;
        addUp(to.monitor, own.monitor);
        addUp(to.status, own.status);
      }
    }
  const isOfRows = ({ group }: GroupFigures): number => (/^(rows|sessions)/.test(group) ? 1 : 0);
  return [...[...groups.values()].sort((a, b) => isOfRows(a) - isOfRows(b)), all];
}

export const medianOf = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
