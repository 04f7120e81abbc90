import { messageOf } from '../database/database-error.ts';
import { asksDatabase, textKey, textTerms, unasked } from '../domain/found-failures.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { resolvedFilter } from './filter-facts.ts';
import { type MonitorState, shown } from './state.ts';
import type { Store } from './store.ts';

/** How many failures the database is asked for at a time. */
const askedAtOnce = 5000;

/** How many milliseconds after the last letter of a filter the database is asked. */
const pauseMs = 200;

/** The next read of the database for the filter; null if none is needed. */
function wishOf(state: MonitorState) {
  const observation = shown(state);
  if (observation === null || (state.view !== 'failures' && state.view !== 'overview') || state.filter === '')
    return null;
  const filter = resolvedFilter(state);
  if (filter === null || !asksDatabase(observation, filter)) return null;
  const key = textKey(filter);
  const known = state.found?.key === key ? state.found : null;
  const asked = unasked(known, observation.triage, askedAtOnce);
  return asked.size === 0 ? null : { key, asked, filter: { terms: textTerms(filter) } };
}

/**
 * Asks the database which failures have the texts of the filter, where the polls do not hold all of these texts: so that the lists count the same
 * failures as a command with `--where`. Each failure is asked for once.
 */
export function createFailureFinder(options: {
  readonly table: Pick<ControlTable, 'passing'>;
  readonly store: Store;
  readonly isPaused: () => boolean;
  readonly onProblem: (problem: string) => void;
}): void {
  const { table, store } = options;
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;
  let seen: readonly unknown[] = [];

  async function read(): Promise<void> {
    if (isReading || options.isPaused()) return;
    isReading = true;
    try {
      for (let wish = wishOf(store.state()); wish !== null && !options.isPaused(); wish = wishOf(store.state())) {
        const { key, asked, filter } = wish;
        const ids = await table.passing(filter, [...asked.keys()]);
        store.emit({ kind: 'failures-found', key, asked, ids });
      }
    } catch (error) {
      // The next poll asks again.
      if (!options.isPaused()) options.onProblem(`The failures could not be searched: ${messageOf(error)}`);
    } finally {
      isReading = false;
    }
  }

  store.subscribe(() => {
    const state = store.state();
    const now = [state.filter, state.view, shown(state)?.triage];
    if (now.every((part, index) => part === seen[index])) return;
    seen = now;
    clearTimeout(timer);
    if (state.filter !== '') timer = setTimeout(() => void read(), pauseMs).unref();
  });
}
