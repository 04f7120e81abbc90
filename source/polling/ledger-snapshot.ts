import type { Snapshot } from '../domain/snapshot.ts';
import type { CarriedTotals } from './carried-totals.ts';
import type { Changes } from './changes.ts';
import { coverageOf } from './counting-work.ts';
import type { DriftDetection } from './drift.ts';
import type { Horizon } from './horizon.ts';
import type { IdRanges } from './id-range.ts';
import type { RowCache } from './row-cache.ts';
import type { Unreported } from './unreported.ts';

/** The parts of a ledger that its snapshot is made of. */
interface SnapshotParts {
  readonly cache: RowCache;
  readonly unreported: Unreported;
  readonly horizon: Horizon;
  readonly drift: DriftDetection;
  readonly carried: CarriedTotals;
  readonly ranges: IdRanges;
}

/** The state of a ledger after its last poll. Each change is reported in one snapshot only. */
export function snapshotOf(last: Changes, parts: SnapshotParts): Snapshot {
  const { cache, unreported, horizon, drift, carried, ranges } = parts;
  // `report` forgets the changed rows.
  const operations = cache.listed(unreported.rows());
  return {
    ...unreported.report(),
    takenAt: last.takenAt,
    files: last.storage,
    server: last.server,
    takesWrites: last.takesWrites,
    totals: carried.totals() ?? ranges.totals(),
    coverage: coverageOf(
      ranges.all(),
      { bottom: horizon.bottom(), top: horizon.top() },
      { carriedAt: carried.countedAt(), hasDrift: drift.probe() !== undefined },
    ),
    counts: last.counts,
    operations,
    failures: cache.failures(),
    sessions: last.sessions,
    unreadable: [...ranges.unreadable(), ...unreported.unreadable()],
  };
}
