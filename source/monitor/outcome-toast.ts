import type { Settled } from '../database/settle.ts';
import { isPrepared, lockHolder } from '../domain/lock-holder.ts';
import type { Action, Outcome, Transition } from '../domain/transitions.ts';
import { unchangedText } from '../presentation/bulk-text.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { notFound } from '../presentation/result-text.ts';
import { type Toast, undoHint } from '../presentation/toast.ts';
import { undoneAction } from './undone-action.ts';
import { isPauseOver } from './withdrawn.ts';

/** An action on one operation, for the texts about it. */
export interface Acted {
  readonly action: Action | 'undo';
  readonly transition: Transition;
  /** `''` where it is not known. */
  readonly tableName: string;
  /** Whether a policy of row-level security may hide the row. */
  readonly mayBeHidden: boolean;
  /** The name of the key that undoes an action. */
  readonly undoKey: string;
}

type Message = Omit<Toast, 'atMs'>;

const done: Readonly<Record<Action, string>> = { pause: 'paused', resume: 'resumed', skip: 'skipped' };

/** The outcome of an action in one line; in a narrow window without the table. */
export function outcomeToast(outcome: Outcome, acted: Acted): Message {
  return { ...ofOutcome(outcome, acted), brief: ofOutcome(outcome, { ...acted, tableName: '' }).text };
}

function ofOutcome(outcome: Outcome, acted: Acted): Message {
  const { action, transition } = acted;
  const name = nameOf(acted);
  const what = whatOf(acted);
  switch (outcome.kind) {
    case 'applied':
      return outcome.isUnconfirmed
        ? {
            tone: 'bad',
            text: `${appliedText(acted)}, committed here, not confirmed by the standby${hintAfter(acted)}`,
          }
        : { tone: 'good', text: `${appliedText(acted)}${hintAfter(acted)}` };
    case 'stale':
      return action === 'undo' && isPauseOver(transition, outcome)
        ? {
            tone: 'info',
            text: `${undoneAction({ undo: transition, tableName: acted.tableName })} is no longer asked for: ${unchangedText(outcome)}`,
          }
        : bad(`cannot ${what}: ${unchangedText(outcome, transition.from)}`);
    case 'changed':
      return bad(`cannot ${what}: this id is another operation now (${outcome.now})`);
    case 'gone':
      return bad(`cannot ${what}: ${notFound(acted.mayBeHidden)}`);
    case 'locked':
      return bad(
        `not ${participle(acted)}, ${lockedBy(outcome)} holds its row: ${name}. ${outcome.pid !== null && isPrepared(outcome.pid) ? 'End that first (pg_prepared_xacts)' : 'Try again'}`,
      );
    case 'refused':
      return bad(`cannot ${what}: ${outcome.reason}`);
    case 'not applied':
      return ofSettled({ result: 'not applied', status: null }, acted);
    case 'not sent':
      return bad(`cannot ${what}: nothing was sent. ${outcome.reason}`);
    case 'unknown':
      return {
        ...bad(`connection lost: the ${action} may have been applied: ${name}. ${outcome.reason}`),
        unsettled: true,
      };
  }
}

/** Why an action was not even sent: it could not be written into the audit. */
export function problemToast(problem: string, acted: Acted): Message {
  const text = (one: Acted): string => `cannot ${whatOf(one)}: ${problem}`;
  return { ...bad(text(acted)), brief: text({ ...acted, tableName: '' }) };
}

/** The message, in one line, about an action whose outcome was not known at first. */
export function settledToast(settled: Pick<Settled, 'result' | 'status'>, acted: Acted): Message {
  return { ...ofSettled(settled, acted), brief: ofSettled(settled, { ...acted, tableName: '' }).text };
}

function ofSettled({ result, status }: Pick<Settled, 'result' | 'status'>, acted: Acted): Message {
  const name = nameOf(acted);
  switch (result) {
    case 'applied':
      return { tone: 'good', text: `the ${acted.action} was applied: ${name}` };
    case 'not applied':
      return bad(`the ${acted.action} was not applied: ${name}`);
    case 'unclear': {
      const now = status === null ? notFound(acted.mayBeHidden) : `${status} now`;
      return bad(`unclear whether the ${acted.action} was applied: ${name} is ${now}`);
    }
  }
}

function appliedText(acted: Acted): string {
  const { action, transition } = acted;
  return action === 'undo'
    ? `undone: operation ${transition.id} is ${transition.to} again`
    : `${done[action]}: ${nameOf(acted)}`;
}

/** `paused`; of an undo what the operation would be. */
function participle({ action, transition }: Acted): string {
  return action === 'undo' ? `${transition.to} again` : done[action];
}

/** The action and what it is done to, as it follows `cannot`. */
function whatOf(acted: Acted): string {
  const { action, transition, tableName } = acted;
  return action === 'undo' ? `undo ${undoneAction({ undo: transition, tableName })}` : `${action} ${nameOf(acted)}`;
}

function hintAfter({ action, undoKey }: Acted): string {
  return action === 'undo' ? '' : undoHint(undoKey);
}

function nameOf({ transition, tableName }: Acted): string {
  return operationLabel({ id: transition.id, tableName });
}

function bad(text: string): Message {
  return { tone: 'bad', text };
}

function lockedBy({ pid, application }: Extract<Outcome, { kind: 'locked' }>): string {
  if (pid === null) return 'another transaction';
  return lockHolder(pid, application ?? '');
}
