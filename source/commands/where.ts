import { DatabaseError } from '../database/database-error.ts';
import { cleanLine } from '../domain/clean-text.ts';
import type { Filter } from '../domain/filter/filter.ts';
import { parseFilter } from '../domain/filter/parse.ts';
import { printFilter } from '../domain/filter/print.ts';
import { type ResolvedFilter, resolveFilter } from '../domain/filter/resolve.ts';
import { type Observation, observe } from '../domain/observation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { factsOf } from '../monitor/filter-facts.ts';
import { initialState } from '../monitor/initial-state.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { gapsNotes } from '../presentation/gaps-notes.ts';
import { usage } from './words.ts';

/** The filter of `--where`; null without one. @throws {DatabaseError} kind `usage`, with the place of the mistake */
export function filterOf(where: string | undefined): Filter | null {
  if (where === undefined) return null;
  const parsed = parseFilter(where);
  if (parsed.kind === 'wrong') throw usage(`--where: ${parsed.problem}, at character ${parsed.at + 1}`);
  return parsed.filter;
}

/** The note that a filter matches nothing: an action has nothing to do, which is no error. */
export function noMatchNote(filter: Filter): string {
  return `migtop: note: no operation matches --where '${cleanLine(printFilter(filter)).replaceAll("'", "'\\''")}'\n`;
}

/** Whether a filter looks at all failures and figures of the table, and not only at rows and their last actions. */
export function needsTriage({ terms }: Filter): boolean {
  return terms.some(({ field }) => field === 'kind' || field === 'is');
}

/**
 * Returns the state after one poll, for filters and resumes; after a stop by `signal`, the failures may be known only in part.
 *
 * @param isTriaged whether all failures have to be known, each with its resolution
 */
export async function tableState(table: ControlTable, isTriaged: boolean, signal?: AbortSignal): Promise<MonitorState> {
  const snapshot = isTriaged ? await pollWithTriage(table, signal) : await table.poll([]);
  const state = initialState({
    target: table.target,
    operator: table.operator,
    readOnly: null,
    intervalSeconds: 1,
    window: { columns: 80, rows: 24 },
    nowMs: 0,
  });
  return { ...state, latest: observe(null, snapshot), activity: await table.activity() };
}

/** A poll that knows all failures of the table, each with its resolution; after a stop by `signal`, perhaps only a part of them. */
export async function pollWithTriage(table: ControlTable, signal?: AbortSignal): Promise<Snapshot> {
  let snapshot = await table.poll([]);
  while (signal?.aborted !== true && snapshot.triage?.isWhole === false && (await table.work()) !== null)
    snapshot = await table.poll([]);
  return snapshot;
}

/** The notes about actions that a filter by operators cannot know: entries of the local audit are missing. */
export function gapsOf(table: ControlTable, filter: Filter | null): string {
  if (filter === null || !filter.terms.some(({ field }) => field === 'by')) return '';
  return gapsNotes(table.auditGaps())
    .map((note) => `migtop: note: ${note}\n`)
    .join('');
}

/** The operations by which failures are resolved, by the ids of the failures. */
export function resolutionsIn({ triage }: Snapshot): ReadonlyMap<number, number> {
  const resolved = (triage?.idsOf('resolved') ?? []).flatMap((id) => {
    const resolution = triage?.of(id)?.resolution;
    return resolution?.kind === 'resolved' ? [[id, resolution.by] as const] : [];
  });
  return new Map(resolved);
}

/** The filter with what only the client knows as ids. */
export function resolvedIn(state: MonitorState, filter: Filter): ResolvedFilter {
  return resolveFilter(filter, factsOf(state, observationOf(state)));
}

function observationOf({ latest }: MonitorState): Observation {
  if (latest === null) throw new DatabaseError('failed', 'The table was not read.');
  return latest;
}
