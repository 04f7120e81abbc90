import { type DoctorCheck, inOrder } from '../domain/doctor/finding.ts';
import { judgeObservation, openAfterValidation } from '../domain/doctor/observed.ts';
import type { Observation } from '../domain/observation.ts';
import { isCounting } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { MonitorEvent } from './event.ts';
import type { Store } from './store.ts';

/** How often the table is examined while the Activity or the Tables view is shown: it reads rows, which costs the server. */
const everyMs = 600_000;
/** Minimum time between two examinations, also if the operator asks for one or has acted since. */
const leastMs = 5000;
/** Maximum seconds to read rows: `migtop doctor` takes more. */
const rowSeconds = 3;
const transactionSeconds = 300;

/** Checks whose problems have their own events and marks, which are newer. */
const shownOtherwise: readonly DoctorCheck[] = ['stalled', 'failures', 'paused'];

/** Examines the control table as `migtop doctor` does, when a view that shows findings is open. */
export interface DiagnosisReads {
  /** Call it after each poll. Resolves to null if nothing is due; never rejects. */
  next(): Promise<(MonitorEvent & { readonly kind: 'diagnosed' }) | null>;
  /** The operator wants to know what has become of the findings: the next poll examines the table again. */
  again(): void;
}

/** Reads the findings of `doctor` for the screen: seldom, since the row checks read every row. */
export function createDiagnosis(table: ControlTable, store: Store, now: () => number): DiagnosisReads {
  let doneMs = Number.NEGATIVE_INFINITY;
  let isAsked = false;
  let lastAction: number | null = null;
  /** The restriction to a part of the table (`ControlTable.restrict`) that the last findings are about. */
  let lastScope: string | null = null;

  async function findingsAt(observation: Observation) {
    const { findings } = await table.examine({ seconds: rowSeconds, transactionSeconds });
    const validated = await table.validated(openAfterValidation(observation));
    const seen = judgeObservation(table.target.table, observation, null, validated);
    return inOrder([...findings, ...seen.findings.filter(({ check }) => !shownOtherwise.includes(check))]);
  }

  return {
    again() {
      isAsked = true;
    },
    next,
  };

  async function next(): ReturnType<DiagnosisReads['next']> {
    const state = store.state();
    const { view, latest } = state;
    if ((view !== 'activity' && view !== 'tables') || latest === null) return null;
    // An action of this session may have mended what was found.
    const action = state.trackedActions.findLast(({ by }) => by === undefined)?.requestedAt ?? null;
    const scope = table.target.scope?.text ?? null;
    // Before the totals are counted, they show nothing of the other part.
    const isOtherScope = scope !== lastScope && !isCounting(latest.snapshot);
    const isNeeded = isAsked || action !== lastAction || isOtherScope;
    if (now() - doneMs < (isNeeded ? leastMs : everyMs)) return null;
    doneMs = now();
    isAsked = false;
    lastAction = action;
    if (!isCounting(latest.snapshot)) lastScope = scope;
    try {
      return { kind: 'diagnosed', findings: await findingsAt(latest), at: latest.snapshot.takenAt };
    } catch {
      // The polls report a lost database; the next time is in ten minutes.
      return null;
    }
  }
}
