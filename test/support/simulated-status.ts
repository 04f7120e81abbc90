import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Zone } from '../../source/domain/zone.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { type FakeDatabase, step, workOff } from './fake-database.ts';
import { target } from './fixtures.ts';
import { historyOf } from './history.ts';

/**
 * The summary of `migtop status` on a table in memory.
 *
 * @param rewind moves the table and its clock to some seconds before the report; the calls go forward in time
 */
export function statusOf(database: FakeDatabase, zone: Zone | undefined, goTo: (secondsAgo: number) => void) {
  const ledger = createLedger(usualLimits);
  let sampled: Observation | null = null;
  const own = zone === undefined ? {} : { zone };
  for (let polls = 8; polls >= 0; polls--) {
    goTo(polls / 8);
    step(ledger, database);
    workOff(ledger, database);
    const snapshot = { ...ledger.snapshot(), ...own, history: [] };
    sampled = observe(sampled, sampled === null ? { ...snapshot, gained: null } : snapshot);
  }
  const snapshot = {
    ...ledger.snapshot(),
    ...own,
    gained: null,
    history: historyOf(database.rows.values(), database.now),
  };
  const report = { snapshot, throughput: [], activity: [], runStarts: [] };
  return statusDocument(zone === undefined ? target : { ...target, zone }, report, sampled).summary;
}
