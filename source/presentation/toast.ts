import type { NewAction } from '../domain/tracked-actions.ts';
import { count } from './figures.ts';

/** The actions whose rows a message is about. */
export type ActedRows = readonly Pick<NewAction, 'operationId' | 'identity' | 'requestedAt'>[];

/** The status in which an action has found its operation, with the parts of the message between which a newer one is said. */
export interface FoundStatus {
  readonly operationId: number;
  /** Null if one operation has the id. */
  readonly identity: string | null;
  readonly status: string;
  /** The status that the action expected: a poll that began before the action still shows it. */
  readonly expected: string;
  readonly text: readonly [before: string, after: string];
  readonly brief: readonly [before: string, after: string];
}

/** The line above the keys: the result of an action, or an event. */
export interface Toast {
  readonly tone: 'good' | 'bad' | 'info';
  readonly text: string;
  /** It is about a stall: its sign is that of stalls in the lists, not that of failures. */
  readonly isStall?: true;
  /** The message in fewer words, where the window has no room for all of them. */
  readonly brief?: string;
  readonly atMs: number;
  /** The outcome of a write is not known: no other toast may replace it unseen. */
  readonly unsettled?: true;
  /** The result of a key that the operator has pressed, or how many marks were removed: no event replaces it before it was read. */
  readonly own?: true;
  /** How many marks were removed: no list says so afterwards, so that it replaces the result of a key too. */
  readonly isUrgent?: true;
  /** It says why a key did nothing here, or what line 2 has anyway: it goes when the operator looks at something else. */
  readonly isHint?: true;
  /** It says that a key did nothing because the connection is lost: it goes when that is there again. */
  readonly isOfConnection?: true;
  /** It says how many operations are marked: it goes when these change. */
  readonly isOfMarks?: true;
  /** A later poll found it, so one after that may find a better one; else it says why a key was refused, or what it did. */
  readonly isResult?: true;
  /** The operation whose action it reports; absent if it reports no single action. */
  readonly operationId?: number;
  /** It says that these actions have changed rows: it goes when the rows have another status. */
  readonly acted?: ActedRows;
  /** It says that what these actions have set was changed, and not by whom: a message that says that replaces it. */
  readonly isPassed?: true;
  /** How many rows were changed: not all of very many are in `acted`. */
  readonly changed?: number;
  /** It says in which status the action found this operation: the message follows it. */
  readonly found?: FoundStatus;
  /** How many removed rows it reports: several polls find them, id range by id range. */
  readonly removed?: number;
  /** How many rows it reports that were added before these were removed. */
  readonly addedBeside?: number;
}

/** Shows a message above the keys. */
export type Say = (
  tone: Toast['tone'],
  text: string,
  more?: Pick<Toast, 'brief' | 'isHint' | 'isOfMarks' | 'isOfConnection'>,
) => void;

/** The hint at the end of the message of an action that a key takes it back. @param key the name of the key */
export function undoHint(key: string): string {
  return `  (${key} undoes it)`;
}

/**
 * The hint that a key lists the rows of an action on many, those that were not changed first.
 *
 * @param key the name of the key
 * @param others how many were not changed, if some were
 */
export function listHint(key: string, others: number): string {
  if (others === 0) return `  (${key} lists them)`;
  return `  (${key} lists the ${others === 1 ? 'other one' : `${count(others)} others`})`;
}
