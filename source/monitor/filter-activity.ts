import type { Term } from '../domain/filter/filter.ts';
import { isInRanges } from '../domain/filter/matches.ts';
import { matchesPattern } from '../domain/filter/pattern.ts';
import { operatorNames } from '../domain/last-actors.ts';
import type { Observation } from '../domain/observation.ts';
import { sinceTimestamp } from '../domain/since.ts';
import { localSeconds } from '../domain/zone.ts';
import { resultText } from '../presentation/action-text.ts';
import { operationIdOf, tableNameOf, timeOf } from '../presentation/activity-columns.ts';
import { eventText } from '../presentation/event-text.ts';
import type { ActivityRow } from '../presentation/rows.ts';
import { appliedFilter } from './filter-views.ts';

/** Tests a row of the Activity view: when, who, on which operation and table, and its texts. */
export function activityTest(filter: string, observation: Observation): (row: ActivityRow) => boolean {
  const applied = appliedFilter('activity', filter);
  if (applied === null || applied.terms.length === 0) return () => true;
  const tables = tablesById(observation);
  const tests = applied.terms.map((term) => {
    const test = termTest(term, observation);
    return (fields: Fields): boolean => test(fields) !== term.negated;
  });
  return (row) => {
    const fields = fieldsOf(row, tables);
    return tests.every((test) => test(fields));
  };
}

interface Fields {
  readonly at: number | null;
  readonly operationId: number | null;
  readonly tableName: string | null;
  readonly names: readonly string[];
  readonly texts: readonly string[];
}

function fieldsOf(row: ActivityRow, tables: ReadonlyMap<number, string>): Fields {
  const { entry, event, result, tracked } = row;
  const operationId = operationIdOf(row);
  const held = operationId === null ? undefined : tables.get(operationId);
  const tableName = tableNameOf(row) ?? held ?? null;
  const names = entry === null ? [] : operatorNames(entry);
  const ofEvent = event === null ? [] : [eventText(event.what).word, eventText(event.what).text];
  const texts =
    entry === null
      ? ofEvent
      : [
          entry.action,
          entry.fromStatus,
          entry.toStatus,
          entry.outcome,
          entry.reason ?? '',
          resultText(entry, result, tracked),
          ...names,
        ];
  return {
    at: timeOf(row),
    operationId,
    tableName,
    names,
    texts: tableName === null ? texts : [...texts, tableName],
  };
}

function termTest(term: Term, { snapshot }: Observation): (fields: Fields) => boolean {
  switch (term.field) {
    case 'since': {
      const [since] = term.values;
      if (since.kind === 'id') return ({ operationId }) => operationId !== null && operationId >= Number(since.id);
      const from = sinceTimestamp(since, snapshot.takenAt, snapshot.zone) ?? 0;
      return ({ at }) => at !== null && localSeconds(at, snapshot.zone) >= from;
    }
    case 'id':
      return ({ operationId }) => operationId !== null && isInRanges(term.values, operationId);
    case 'by':
      return ({ names }) => term.values.some((one) => names.some((name) => matchesPattern(one, name, 'whole')));
    case 'table':
      return ({ tableName }) => tableName !== null && term.values.some((one) => matchesPattern(one, tableName, 'part'));
    case 'text':
      return ({ texts }) => texts.some((text) => matchesPattern(term.values[0], text, 'anywhere'));
    default:
      return () => true;
  }
}

/** The audit has only the ids: the tables of the operations that the monitor holds. */
function tablesById({ snapshot }: Observation): ReadonlyMap<number, string> {
  return new Map([...snapshot.failures, ...snapshot.operations].map(({ id, tableName }) => [id, tableName]));
}
