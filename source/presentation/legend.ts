import { kindColumns } from './kind-columns.ts';
import { failuresColumns, workersColumns } from './operation-columns.ts';
import { tablesColumns } from './table-columns.ts';
import type { Theme } from './theme.ts';

/** A sign or a column title of the screen, where it is shown, and its meaning. */
export interface LegendEntry {
  readonly sign: string;
  readonly place: string;
  readonly meaning: string;
}

/** The legend of the help: the signs in the characters of this terminal, then the columns that are explained. */
export function legendOf({ glyphs }: Theme): readonly LegendEntry[] {
  const { status, stack, good, bad, settled, lampOn, lampOff, dash, ascending, descending, heights, separator } =
    glyphs;
  const entry = (sign: string, place: string, meaning: string): LegendEntry => ({ sign, place, meaning });
  return [
    entry(`${status.pending} ${status.running} ${status.paused}`, 'status', 'pending, running, paused'),
    entry(`${status.completed} ${status.failed} ${status.skipped}`, 'status', 'completed, failed, skipped'),
    entry(`${stack.completed} ${stack.pending}`, 'bars', 'filled: done; empty: left to do'),
    entry(`${heights[1]}${heights.at(-1)}`, 'rec/s', `blank: 0; ${separator}: not measured`),
    entry(settled, 'everywhere', 'failed: resolved, accepted'),
    entry(`${lampOn} ${lampOff}`, 'line 1', 'data up to date; connection slow or lost'),
    entry(`${ascending} ${descending}`, 'titles', 'sorted by it, upward or downward'),
    entry(dash, 'everywhere', 'not known yet, or not applicable'),
    entry('?', 'everywhere', 'unknown: NULL, or a future timestamp'),
    entry('>', 'LAST PROG', 'no change seen yet: at least this long ago'),
    entry(`${good}!`, 'VALID', 'passed too early: the execution is open, has failures or went on'),
    entry('new, +3 new', 'KIND', 'failed since you last looked at Failures'),
    entry('!', 'LAST PROG', 'stalled, or a pause was undone or ignored'),
    entry('STALLED', 'LAST PROG', 'far longer than its usual batch'),
    entry('waits for', 'LAST PROG', 'it needs a lock that another session has'),
    entry('STILL?', 'LAST PROG', 'perhaps stalled: slower than usual, not yet sure'),
    entry('DEAD?', 'LAST PROG', 'its worker named its session, which is gone'),
    entry('HELD', 'LAST PROG', 'its worker waits until it is resumed'),
    entry('HELD?', 'LAST PROG', 'paused; its worker may finish a batch'),
    entry(`${good} ${bad} ${separator}`, 'messages', 'done; not done, or trouble; in part, or news'),
    entry('totals up to', 'line 3', 'the counts may miss changes of so long'),
    entry('GUARD', 'line 1', 'a trigger keeps workers from undoing you'),
    ...explained,
    entry('more', 'line 2', 'records above the totals of tables'),
    entry('not all', 'line 2', 'without what needs an operator, or comes later'),
    entry('in part', 'line 2', 'of tables that `S` shows only in part'),
  ];
}

const explained = [...workersColumns, ...kindColumns, ...failuresColumns, ...tablesColumns]
  .flatMap(({ title, shortTitle, help }) =>
    help === undefined ? [] : [{ sign: shortTitle ?? title, place: 'column', meaning: help }],
  )
  .filter(({ sign }, index, all) => all.findIndex((other) => other.sign === sign) === index);
