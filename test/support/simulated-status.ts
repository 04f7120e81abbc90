import { currentPace, whyNoEta } from '../../source/domain/no-eta.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Zone } from '../../source/domain/zone.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { atSample, withSample } from '../../source/presentation/status-sample.ts';
import { type FakeDatabase, step, workOff } from './fake-database.ts';
import { target } from './fixtures.ts';
import { historyOf } from './history.ts';
import type { Sessions } from './simulated-migration.ts';

/**
 * The summary of `migtop status` on a table in memory, and why it has no ETA (null if it has one).
 *
 * @param goTo moves the table and its clock to some seconds before the report, and returns the sessions then; the calls go forward
 *   in time
 */
export function statusOf(database: FakeDatabase, zone: Zone | undefined, goTo: (secondsAgo: number) => Sessions) {
  const ledger = createLedger(usualLimits);
  let sampled: Observation | null = null;
  let sessions: Sessions['sessions'] = [];
  let pauses: Pick<Sessions, 'resumes' | 'pauses' | 'pausedSeconds'> = {};
  const own = zone === undefined ? {} : { zone };
  for (let polls = 8; polls >= 0; polls--) {
    const seen = goTo(polls / 8);
    const { backends, ...rest } = seen;
    ({ sessions, ...pauses } = rest);
    step(ledger, database);
    workOff(ledger, database);
    const shown = {
      sessions,
      ...pauses,
      ...(sampled === null && backends !== undefined ? { backends } : {}),
    };
    const snapshot = { ...ledger.snapshot(), ...own, ...shown, history: [] };
    sampled = observe(sampled, sampled === null ? { ...snapshot, gained: null } : snapshot);
  }
  const snapshot = {
    ...ledger.snapshot(),
    ...own,
    sessions,
    ...pauses,
    gained: null,
    history: historyOf(database.rows.values(), database.now, zone),
  };
  const report = { snapshot, throughput: [], activity: [], runStarts: [] };
  const { summary } = statusDocument(zone === undefined ? target : { ...target, zone }, report, sampled);
  const seen = atSample(withSample(observe(null, snapshot), sampled), sampled);
  return { ...summary, why: summary.etaSeconds === null ? whyNoEta(seen, currentPace(seen)) : null };
}
