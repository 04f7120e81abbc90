import type { NewKind } from '../domain/new-kinds.ts';
import type { Noticed } from '../domain/notices.ts';
import { endedText, phaseText, slowText, tableDoneText } from './event-text.ts';
import { count, duration, stallText } from './figures.ts';
import { operationLabel } from './operation-label.ts';
import { by } from './result-text.ts';

/** The transitions that a notification in the terminal reports. The others are progress, and go to scripts only. */
export function isUrgent({ kind }: Noticed): boolean {
  return kind !== 'phase' && kind !== 'table done' && kind !== 'moving again' && kind !== 'connected';
}

/** A transition in a sentence. */
export function noticeText(what: Noticed): string {
  switch (what.kind) {
    case 'new kind':
      return `new kind of failure: ${kindText(what)}`;
    case 'slow':
      return `${operationLabel(what.operation)}: ${slowText(what.slow)}`;
    case 'stalled':
      return `${operationLabel(what.operation)}: ${stallText(what.stall)}`;
    case 'moving again':
      return `${operationLabel(what.operation)}: progresses again`;
    case 'overwritten':
      return `${operationLabel({ id: what.operationId, tableName: what.tableName })}: ${what.action} overwritten by ${by(what.workerId)} after ${duration(what.afterSeconds)}, ${what.status} again`;
    case 'phase':
      return phaseText(what);
    case 'table done':
      return `${what.tableName}: ${tableDoneText(what)}`;
    case 'ended':
      return endedText(what);
    case 'lost':
      return `no connection for ${duration(what.seconds)}: ${what.problem}`;
    case 'connected':
      return `connected again after ${duration(what.afterSeconds)}`;
  }
}

function kindText({ failureKind, operationId, tableName }: NewKind): string {
  return `${failureKind} (${operationLabel({ id: operationId, tableName })})`;
}

/** Several transitions in a sentence: how many of each, and the first. */
export function noticesText(all: readonly Noticed[]): string {
  const [first] = all;
  if (first === undefined) return '';
  if (all.length === 1) return noticeText(first);
  const groups = [...Map.groupBy(all, ({ kind }) => kind)].map(
    ([kind, { length }]) => `${count(length)} ${words(kind, length)}`,
  );
  return `${groups.join(', ')}; first: ${first.kind === 'new kind' ? kindText(first) : noticeText(first)}`;
}

function words(kind: Noticed['kind'], howMany: number): string {
  switch (kind) {
    case 'new kind':
      return howMany === 1 ? 'new kind of failure' : 'new kinds of failures';
    case 'overwritten':
      return howMany === 1 ? 'action overwritten' : 'actions overwritten';
    case 'table done':
      return howMany === 1 ? 'table done' : 'tables done';
    case 'phase':
      return howMany === 1 ? 'phase' : 'phases';
    case 'ended':
      return 'end of the migration';
    case 'lost':
      return 'connection lost';
    default:
      return kind;
  }
}
