import { isOf, type NewAction, type TrackedAction } from '../domain/tracked-actions.ts';
import { count } from '../presentation/figures.ts';
import { operationLabel } from '../presentation/operation-label.ts';
import { actionText } from '../presentation/size-text.ts';
import type { ActedRows, Toast } from '../presentation/toast.ts';
import type { MonitorEvent } from './event.ts';
import { withNewerStatus } from './found-status.ts';
import type { MonitorState } from './state.ts';

/** The message of a key that has changed rows, with these rows: it goes when they have another status. */
export function writtenToast({ toast, tracked }: Extract<MonitorEvent, { kind: 'written' }>): Toast {
  const acted: readonly NewAction[] = tracked === null ? [] : 'action' in tracked ? [tracked] : tracked;
  return { ...toast, own: true, ...(toast.tone !== 'bad' && acted.length > 0 && { acted }) };
}

/**
 * The state without a message that an action has changed rows, if none of these has the status of the action any more: another
 * session has changed it. Then the message says so, unless a key of this session is changing them.
 */
export function withoutPassedMessage(state: MonitorState, atMs: number): MonitorState {
  const { toast, trackedActions } = state;
  if (toast?.found !== undefined) return withNewerStatus(state, toast, toast.found);
  if (toast?.acted === undefined) return state;
  const acted = trackedActions.filter((action) => toast.acted?.some((one) => isSame(one, action)));
  if (acted.length === 0 || !acted.every((action) => isPassed(action, state))) return state;
  const writing = new Set(state.acting.writing);
  if (acted.some(({ operationId }) => writing.has(operationId))) return { ...state, toast: null };
  const { changed = toast.acted.length } = toast;
  const texts = passedText(changed, acted, trackedActions);
  if (texts.text === toast.text) return state;
  // The audit may say later who it was. Until then, a worker may have overwritten it.
  const isTrouble = acted.some(({ result }) => result.kind === 'overwritten');
  const trouble = isTrouble ? ({ tone: 'bad', own: true, isPassed: true } as const) : ({ tone: 'info' } as const);
  return { ...state, toast: { ...trouble, ...texts, atMs, acted: toast.acted, changed } };
}

const isSame = (one: ActedRows[number], action: TrackedAction): boolean =>
  one.operationId === action.operationId &&
  one.requestedAt === action.requestedAt &&
  (one.identity ?? null) === (action.identity ?? null);

function isPassed(action: TrackedAction, { latest, acting }: MonitorState): boolean {
  const { result, operationId, requestedAt, to } = action;
  if (result.kind === 'overwritten' || result.kind === 'superseded') return true;
  // The action that is in progress has no result yet, but a poll may show the row as it leaves it.
  if (latest === null || (to !== 'paused' && to !== 'skipped') || !acting.writing.includes(operationId)) return false;
  const { takenAt, operations } = latest.snapshot;
  const row = takenAt > requestedAt ? operations.find((operation) => isOf(action, operation)) : undefined;
  return row !== undefined && row.status !== to;
}

/** @param changed how many rows the message was about: not all of very many are followed */
function passedText(
  changed: number,
  acted: readonly TrackedAction[],
  all: readonly TrackedAction[],
): Pick<Toast, 'text' | 'brief'> {
  const [first] = acted;
  if (first === undefined) return { text: '' };
  const many = `${acted.length < changed ? `${count(acted.length)} or more of ` : ''}${count(changed)}`;
  const names = (tableName: string): string =>
    changed === 1 ? operationLabel({ id: first.operationId, tableName }) : `${many} operations`;
  const later = acted.map((action) =>
    all.findLast((one) => one.by !== undefined && one.operationId === action.operationId && isLater(one, action)),
  );
  const [by] = later;
  const isByOne = by !== undefined && later.every((one) => one?.by === by.by && one?.action === by.action);
  const status = first.result.kind === 'overwritten' && changed === 1 ? `: ${first.result.status} now` : '';
  const what = isByOne
    ? `: ${actionText(by.action)} by ${by.by}`
    : ` ${changed === 1 ? 'is' : 'are'} no longer ${first.to}${status}`;
  return { text: `${names(first.tableName)}${what}`, brief: `${names('')}${what}` };
}

const isLater = (one: TrackedAction, action: TrackedAction): boolean => one.requestedAt > action.requestedAt;
