import type { Target } from '../database/target.ts';
import type { Notice, Noticed } from '../domain/notices.ts';
import { redactKind } from '../domain/redact.ts';
import { localTimestamp } from './figures.ts';
import { noticeText } from './notice-text.ts';
import { type TargetDocument, targetDocument } from './target-document.ts';

/** An event as `--on-event` gives it to its command (docs/json.md). Every event has all fields; what it has not is null. */
export interface NoticeDocument {
  readonly schemaVersion: 1;
  readonly event: EventName;
  /** By the database's clock. */
  readonly at: string;
  readonly target: TargetDocument;
  /** The restriction of `--since`. */
  readonly since: string | null;
  /** A sentence for people. */
  readonly text: string;
  readonly phase: string | null;
  readonly tableName: string | null;
  readonly operationId: number | null;
  readonly workerId: number | null;
  /** The kind of the failures, and its SQLSTATE. */
  readonly kind: string | null;
  readonly sqlState: string | null;
  readonly unresolved: number | null;
  /** Why an operation counts as stalled. */
  readonly stall: string | null;
  /** How long it lasted until now, and how long a batch usually takes. */
  readonly seconds: number | null;
  readonly usualSeconds: number | null;
  /** The action that was overwritten, by whom it was done if not by this session, and the status now. */
  readonly action: string | null;
  readonly by: string | null;
  readonly status: string | null;
  readonly problem: string | null;
}

export const eventNames = [
  'new-kind',
  'slow',
  'stalled',
  'progressing',
  'overwritten',
  'phase-begun',
  'phase-done',
  'table-done',
  'done',
  'ended',
  'lost',
  'connected',
] as const;
export type EventName = (typeof eventNames)[number];

/** @param redact whether values are left out of a kind of failure */
export function noticeDocument({ at, what: given }: Notice, target: Target, redact = false): NoticeDocument {
  const what = redact && given.kind === 'new kind' ? { ...given, failureKind: redactKind(given.failureKind) } : given;
  return {
    schemaVersion: 1,
    event: nameOf(what),
    at: localTimestamp(at, target.zone) ?? '',
    target: targetDocument(target),
    since: target.scope?.text ?? null,
    text: noticeText(what),
    ...nothing,
    ...fieldsOf(what),
  };
}

const nothing = {
  phase: null,
  tableName: null,
  operationId: null,
  workerId: null,
  kind: null,
  sqlState: null,
  unresolved: null,
  stall: null,
  seconds: null,
  usualSeconds: null,
  action: null,
  by: null,
  status: null,
  problem: null,
} as const;

function nameOf(what: Noticed): EventName {
  switch (what.kind) {
    case 'new kind':
      return 'new-kind';
    case 'moving again':
      return 'progressing';
    case 'phase':
      return `phase-${what.state}`;
    case 'table done':
      return 'table-done';
    case 'ended':
      return what.unresolved === 0 ? 'done' : 'ended';
    default:
      return what.kind;
  }
}

function fieldsOf(what: Noticed): Partial<NoticeDocument> {
  switch (what.kind) {
    case 'new kind': {
      const { phase, tableName, operationId, workerId, failureKind: kind, sqlState, unresolved } = what;
      return { phase, tableName: named(tableName), operationId, workerId, kind, sqlState, unresolved };
    }
    case 'slow':
      return { ...placeOf(what), ...timesOf(what.slow), stall: what.isSuspected ? 'suspected' : null };
    case 'stalled':
      return { ...placeOf(what), ...timesOf(what.stall), stall: what.stall.kind };
    case 'moving again':
      return placeOf(what);
    case 'overwritten': {
      const { tableName, operationId, workerId, action, by, status, afterSeconds } = what;
      return { tableName: named(tableName), operationId, workerId, action, by, status, seconds: rounded(afterSeconds) };
    }
    case 'phase':
      return { phase: what.phase, ...(what.state === 'done' && { unresolved: what.unresolved }) };
    case 'table done':
      return { phase: 'execution', tableName: what.tableName, unresolved: what.unresolved };
    case 'ended':
      return { unresolved: what.unresolved };
    case 'lost':
      return { seconds: rounded(what.seconds), problem: what.problem };
    case 'connected':
      return { seconds: rounded(what.afterSeconds) };
  }
}

function placeOf({ operation }: Extract<Noticed, { operation: unknown }>) {
  const { id: operationId, phase, tableName, workerId, status } = operation;
  return { operationId, phase, tableName, workerId, status };
}

function timesOf({ seconds, usualSeconds }: { readonly seconds: number; readonly usualSeconds: number | null }) {
  return { seconds: rounded(seconds), usualSeconds: usualSeconds === null ? null : rounded(usualSeconds) };
}

function named(tableName: string): string | null {
  return tableName === '' ? null : tableName;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
