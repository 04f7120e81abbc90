import { isLive, isOpen, isStatus } from '../domain/operation.ts';
import { isOf } from '../domain/tracked-actions.ts';
import type { Outcome, Transition } from '../domain/transitions.ts';
import type { FoundStatus, Toast } from '../presentation/toast.ts';
import type { MonitorState } from './state.ts';

/** The operation that an action has found in another status than before. */
export type FoundIn = Pick<FoundStatus, 'operationId' | 'identity' | 'status' | 'expected'>;

/** The status in which an action has found its operation, if that is not the one before; else null. @param isIdUnique whether one operation has the id */
export function foundIn(outcome: Outcome, { id, identity, from }: Transition, isIdUnique: boolean): FoundIn | null {
  if (outcome.kind !== 'stale') return null;
  return { operationId: id, identity: isIdUnique ? null : identity, status: outcome.actual, expected: from };
}

/** The message with a hint behind it, and with the status in which the action has found its operation, if that is not the one before. */
export function withFound(toast: Toast, hint: Record<'text' | 'brief', string>, found: FoundIn | null): Toast {
  const { text, brief = text } = toast;
  const whole = { ...toast, text: `${text}${hint.text}`, brief: `${brief}${hint.brief}` };
  return found === null
    ? whole
    : { ...whole, found: { ...found, text: [text, hint.text], brief: [brief, hint.brief] } };
}

/** The state with the newest status in a message that an action has found its operation in another one than before. */
export function withNewerStatus(state: MonitorState, toast: Toast, found: FoundStatus): MonitorState {
  const now = statusNow(state, found);
  const isNewer =
    isStatus(found.status) && isOpen(found.status) && now !== null && now !== found.status && now !== found.expected;
  const said = isNewer ? `, ${now} now` : '';
  const join = ([before, after]: FoundStatus['text']): string => `${before}${said}${after}`;
  const text = join(found.text);
  return text === toast.text ? state : { ...state, toast: { ...toast, text, brief: join(found.brief) } };
}

/** The status of the operation by the last poll or, if that does not list it, by the last reading of the audit; null if unknown. */
function statusNow({ latest, activity }: MonitorState, { operationId, identity }: FoundStatus): string | null {
  if (latest === null) return null;
  const row = latest.snapshot.operations.find((one) => isOf({ operationId, identity }, one));
  if (row !== undefined) return row.status;
  if (latest.triage.of(operationId) !== null) return 'failed';
  const read = activity?.find((entry) => entry.operationId === operationId)?.row?.status;
  return read === undefined || !isStatus(read) || isLive(read) ? null : read;
}
