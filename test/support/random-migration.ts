import { zoneOf } from '../../source/domain/zone.ts';
import { type Migration, seeded } from './simulated-migration.ts';

/** The kinds of migrations that a simulation tries. */
export const kinds = [
  'steady',
  'slowing',
  'paused for an hour',
  'stopped',
  'resumed',
  'finished short',
  'clocks set forward',
  'clocks set back',
  'several phases',
  'several tables',
  'faster or slower at once',
] as const;

/** Migrations of which `status` cannot know in a second how long their operations run: no limit is tested for them. */
export const otherZone = 'written in another zone';

export type Kind = (typeof kinds)[number] | typeof otherZone;

/** The places of the kinds decide the histories of their seeds: a new kind comes last. */
const places: readonly Kind[] = [...kinds.slice(0, 10), otherZone, ...kinds.slice(10)];

/** A migration of a kind, different for each seed: 1 to 30 workers, batches of 2 to 90 seconds, often begun before migtop. */
export function randomMigration(kind: Kind, seed: number): Migration {
  const random = seeded(seed * 7919 + places.indexOf(kind));
  const pick = <T>(values: readonly [T, ...T[]]): T => values[Math.floor(random() * values.length)] ?? values[0];
  const between = (low: number, high: number): number => low + (high - low) * random();
  const workers = pick([1, 2, 4, 16, 30]);
  const rows = pick(['batch', 'pending', 'operation', 'cumulative', 'ranges'] as const);
  // Early: nobody can know a later change before it happens.
  const change = kind.startsWith('faster') ? { share: between(0.02, 0.12), times: pick([0.33, 0.5, 2, 3]) } : null;
  const minutes = between(25, 90) / (change?.times ?? 1);
  const growth = kind === 'slowing' ? between(0.5, 9) : 0;
  // Each worker has thirty batches or more while they slow down.
  const longest = kind === 'slowing' ? (minutes * 60) / (30 * (1 + growth / 2)) : 90;
  const batch = Math.min(2 * 45 ** random(), longest);
  const tables = kind === 'several tables' ? Math.floor(between(2, 5)) : 1;
  // At most some thousand batches, for the cost of the simulation.
  const batches = Math.max(8, Math.min(1500, (minutes * 60 * workers) / (batch * (1 + growth / 2)))) / tables;
  const totalRecords = Math.round(batches * 500);
  const length = (batches * tables * batch * (1 + growth / 2)) / workers;
  const halt = Math.round((length * between(0.2, 0.7)) / 60) * 60 + Math.round(between(1, 50));
  const forward = Date.UTC(2026, 2, 29, 1) / 1000;
  const back = Date.UTC(2026, 9, 25, 1) / 1000;
  const migration: Migration = {
    totalRecords,
    batchSize: 500,
    workers,
    batchSeconds: (done) => batch * (1 + (growth * done) / totalRecords),
    jitter: pick([between(0.02, 0.3), between(0.05, 0.5)]),
    ...(random() < 0.25 ? { reportsPerBatch: Math.floor(between(2, 11)) } : {}),
    // A cumulative counter has one writer.
    rows: rows === 'cumulative' && (workers > 1 || tables > 1) ? 'pending' : rows,
    // A table without rows is unknown: the workers take the tables in turn, unless all rows are there from the start.
    ...(tables > 1 ? { tables, isInTurn: rows !== 'pending' || random() < 0.5 } : {}),
    ...(kind === 'several phases' ? { validationSeconds: between(120, 900) } : {}),
    ...(change === null ? {} : { change: { at: length * change.share, times: change.times } }),
    ...(kind === 'paused for an hour' ? { pauses: [{ from: halt, to: halt + 3600 }] } : {}),
    ...(kind === 'stopped' ? { stops: [{ from: halt }] } : {}),
    ...(kind === 'resumed' ? { stops: [{ from: halt, to: halt + between(300, 2400) }] } : {}),
    ...(kind === 'finished short' ? shortOf(totalRecords, between(0.85, 0.98), random() < 0.25) : {}),
    ...(kind.startsWith('clocks')
      ? {
          zone: zoneOf('Europe/Berlin', 3600),
          beganAt: Math.round((kind === 'clocks set back' ? back : forward) - length * between(0, 1)),
        }
      : {}),
    ...(kind === otherZone ? { zone: zoneOf('Europe/Berlin', 3600), writerBehind: 3600 } : {}),
    ...(random() < 0.4 ? { before: Math.round((length * between(0.1, 0.6)) / 60) * 60 } : {}),
    isNamed: random() < 0.5,
  };
  // Batches of one table may take up to forty times as long as those of another. How long those of a table take that nobody has begun is
  // known to nobody: only where the workers take the tables in turn.
  const isMixed = tables > 1 && (rows === 'batch' || (rows === 'pending' && migration.isInTurn === true));
  return isMixed ? { ...migration, slowness: slownessOf(tables, random) } : migration;
}

/** The mean stays 1, so that it is as long as one with even tables. */
function slownessOf(tables: number, random: () => number): readonly number[] {
  const each = Array.from({ length: tables }, () => 40 ** random());
  const mean = each.reduce((sum, one) => sum + one, 0) / tables;
  return each.map((one) => one / mean);
}

/** A migration with fewer records than it names: the source has fewer, or each batch leaves some out. */
function shortOf(totalRecords: number, share: number, isEach: boolean): Partial<Migration> {
  return isEach ? { batchShare: share } : { realRecords: Math.round(totalRecords * share) };
}
