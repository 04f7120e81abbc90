import type { Happening } from '../domain/watched-events.ts';
import { count, duration, stallText } from './figures.ts';
import type { Tone } from './theme.ts';

/** An event as the Activity view shows it. */
export interface EventText {
  /** One word, as an action has: `failed`, `stalled`. */
  readonly word: string;
  readonly operationId: number | null;
  readonly tableName: string | null;
  readonly text: string;
  readonly tone: Tone;
}

export function eventText(what: Happening): EventText {
  const of = 'operation' in what ? what.operation : null;
  const place = { operationId: of?.id ?? null, tableName: of?.tableName ?? null };
  switch (what.kind) {
    case 'failed':
      return {
        ...place,
        word: 'failed',
        text: oneLine(what.operation.errorMessage ?? 'no error message'),
        tone: 'bad',
      };
    case 'stalled':
      return { ...place, word: 'stalled', text: stallText(what.stall), tone: 'bad' };
    case 'moving again':
      return { ...place, word: 'moves', text: 'progresses again', tone: 'good' };
    case 'resolved':
      return {
        ...place,
        word: 'resolved',
        text: `completed by operation ${what.by}`,
        tone: 'good',
      };
    case 'phase':
      return {
        ...place,
        word: 'phase',
        text: `${what.phase} ${what.state === 'done' ? 'is done' : 'has begun'}`,
        tone: 'plain',
      };
    case 'table done':
      return {
        ...place,
        tableName: what.tableName,
        word: 'table',
        text: what.unresolved === 0 ? what.outcome : `ended, ${count(what.unresolved)} unresolved`,
        tone: what.unresolved === 0 ? 'good' : 'warn',
      };
    case 'lost':
      return { ...place, word: 'lost', text: what.problem, tone: 'bad' };
    case 'connected':
      return { ...place, word: 'again', text: `connected again after ${duration(what.afterSeconds)}`, tone: 'good' };
    case 'finding': {
      const { severity, title, tableName, rows } = what.finding;
      const [only, another] = rows;
      return {
        operationId: another === undefined ? (only?.id ?? null) : null,
        tableName,
        word: 'finding',
        text: title,
        tone: severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'plain',
      };
    }
    case 'counting':
      return {
        ...place,
        word: 'counts',
        text: what.state === 'again' ? 'the table is counted again from the start' : 'the whole table is counted',
        tone: 'plain',
      };
  }
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
