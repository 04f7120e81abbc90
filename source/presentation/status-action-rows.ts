import { bulkOf } from '../domain/bulk-key.ts';
import { partText, troubleText, undoneText, wordsOf } from './activity-bulk.ts';
import { doneWord } from './bulk-text.ts';
import { count } from './figures.ts';
import { actionWord } from './size-text.ts';
import type { StatusAction } from './status-actions.ts';

/** A row of `migtop status` about one action, or one action on many. */
export interface StatusActionRow {
  readonly action: StatusAction;
  /** `2111`, or `13 ops`. */
  readonly id: string;
  readonly result: string;
}

/** One row for each action and each action on many, where the newest action of it is. */
export function statusActionRows(activity: readonly StatusAction[]): readonly StatusActionRow[] {
  const bulkActions = Map.groupBy(activity, ({ key }) => bulkOf(key));
  const shown = new Set<string>();
  return activity.flatMap((action): StatusActionRow[] => {
    const key = bulkOf(action.key);
    const all = key === null ? [] : (bulkActions.get(key) ?? []);
    if (key === null || (all.length < 2 && action.bulkOutcomes === undefined))
      return [{ action, id: String(action.operationId), result: action.result }];
    if (shown.has(key)) return [];
    shown.add(key);
    return [bulkRow(action, all)];
  });
}

function bulkRow(action: StatusAction, all: readonly StatusAction[]): StatusActionRow {
  const { bulkOutcomes: counted, bulkUndone } = all.find(({ bulkOutcomes }) => bulkOutcomes !== undefined) ?? {};
  const outcomes = new Map(
    counted === undefined
      ? [...Map.groupBy(all, ({ outcome }) => outcome)].map(([outcome, { length }]) => [outcome, length])
      : Object.entries(counted),
  );
  const total = [...outcomes.values()].reduce((sum, many) => sum + many, 0);
  const applied = outcomes.get('applied') ?? 0;
  const word = doneWord(actionWord(action.action));
  const changers = all.flatMap(({ outcome, changedBy = null }) => (outcome === 'stale' ? [changedBy] : []));
  const not = [...outcomes]
    .filter(([outcome]) => outcome !== 'applied')
    .map(([outcome, many]) => `${count(many)} ${wordsOf(outcome, many, changers)}`);
  const listed = all.filter(({ outcome }) => outcome === 'applied');
  const isWhole = listed.length >= applied;
  const many = (of: StatusAction['state']): number => listed.filter(({ state }) => state === of).length;
  const more = all.some(({ isBulkPart }) => isBulkPart) ? ' or more' : '';
  const result = [
    `${word} ${partText(applied, total)}${more} operations`,
    ...not,
    ...troubleText(many('overwritten'), 'overwritten', isWhole),
    ...troubleText(many('gone'), 'gone', isWhole),
    ...(bulkUndone === undefined
      ? undoneText(many('undone'), listed.length, applied)
      : undoneText(bulkUndone, applied)),
  ].join(', ');
  // If batch sizes differ, those of one row would seem to be those of all.
  const isOfAll = isWhole && new Set(listed.map((one) => one.action)).size <= 1;
  const named = isOfAll ? action : { ...action, action: actionWord(action.action) };
  return { action: named, id: `${count(total)} ops`, result };
}
