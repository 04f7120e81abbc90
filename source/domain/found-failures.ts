import type { ResolvedFilter, ResolvedTerm } from './filter/resolve.ts';
import type { Operation } from './operation.ts';
import type { Snapshot } from './snapshot.ts';
import type { Triage } from './triage.ts';

/**
 * Which failures have the texts of a filter, as the database says: polls hold the texts of only some failures, and of a long error only the
 * beginning.
 */
export interface FoundFailures {
  /** The terms that were looked for, by `textKey`. */
  readonly key: string;
  /** The versions of the failures that the database was asked for, by id. */
  readonly asked: ReadonlyMap<number, string | null>;
  readonly ids: ReadonlySet<number>;
}

/** Polls read 400 characters of an error, some of which may not be shown: a longer one has more. */
export const readError = 380;

/** The terms of a filter that look for a text. */
export function textTerms({ terms }: ResolvedFilter): readonly ResolvedTerm[] {
  return terms.filter(({ field }) => field === 'text');
}

/** Returns a key of the free texts of a filter: equal for filters whose results the database need not find again. */
export function textKey(filter: ResolvedFilter): string {
  return JSON.stringify(textTerms(filter));
}

/** Whether a filter looks for a text that only the database can find. */
export function asksDatabase({ snapshot, triage }: FailureLists, filter: ResolvedFilter): boolean {
  if (textTerms(filter).length === 0) return false;
  if (snapshot.failures.length < triage.failed) return true;
  return snapshot.failures.some(({ errorMessage }) => (errorMessage?.length ?? 0) >= readError);
}

export interface FailureLists {
  readonly snapshot: Pick<Snapshot, 'failures'>;
  readonly triage: Triage;
}

/** Whether the database was asked for this version of a failure. */
export function isAsked(found: FoundFailures | null, { id, version }: Pick<Operation, 'id' | 'version'>): boolean {
  return found?.asked.has(id) === true && found.asked.get(id) === version;
}

/** The failures that the database has not been asked for yet, at most `limit`. */
export function unasked(
  found: FoundFailures | null,
  triage: Triage,
  limit: number,
): ReadonlyMap<number, string | null> {
  const failures = new Map<number, string | null>();
  for (const failure of triage.all()) {
    if (failures.size === limit) break;
    if (!isAsked(found, failure)) failures.set(failure.id, failure.version);
  }
  return failures;
}

/** The answers so far with those of `asked`, of which `ids` have the texts. Answers to other texts are forgotten. */
export function withFound(
  known: FoundFailures | null,
  key: string,
  asked: ReadonlyMap<number, string | null>,
  ids: readonly number[],
): FoundFailures {
  const before = known?.key === key ? known : null;
  const found = new Set(before?.ids);
  for (const id of asked.keys()) found.delete(id);
  for (const id of ids) found.add(id);
  return { key, asked: new Map([...(before?.asked ?? []), ...asked]), ids: found };
}
