import { type DoctorCheck, inOrder } from '../domain/doctor/finding.ts';
import { judgeObservation, openAfterValidation } from '../domain/doctor/observed.ts';
import type { Observation } from '../domain/observation.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { MonitorEvent } from './event.ts';
import type { Store } from './store.ts';

/** How often the table is examined while the Activity or the Tables view is shown: it reads rows, which costs the server. */
const everyMs = 600_000;
/** Maximum seconds to read rows: `migtop doctor` takes more. */
const rowSeconds = 3;
const transactionSeconds = 300;

/** These have their own events and marks, which are newer. */
const shownOtherwise: readonly DoctorCheck[] = ['stalled', 'failures', 'paused'];

/**
 * Examines the control table as `migtop doctor` does, when a view that shows findings is open. Call it after each poll. Resolves
 * to null if nothing is due; never rejects.
 */
export function createDiagnosis(
  table: ControlTable,
  store: Store,
  now: () => number,
): () => Promise<(MonitorEvent & { readonly kind: 'diagnosed' }) | null> {
  let doneMs = Number.NEGATIVE_INFINITY;

  async function findingsAt(observation: Observation) {
    const { findings } = await table.examine({ seconds: rowSeconds, transactionSeconds });
    const validated = await table.validated(openAfterValidation(observation));
    const seen = judgeObservation(table.target.table, observation, null, validated);
    return inOrder([...findings, ...seen.findings.filter(({ check }) => !shownOtherwise.includes(check))]);
  }

  return async () => {
    const { view, latest } = store.state();
    if ((view !== 'activity' && view !== 'tables') || latest === null || now() - doneMs < everyMs) return null;
    doneMs = now();
    try {
      return { kind: 'diagnosed', findings: await findingsAt(latest), at: latest.snapshot.takenAt };
    } catch {
      // The polls report a lost database; the next time is in ten minutes.
      return null;
    }
  };
}
