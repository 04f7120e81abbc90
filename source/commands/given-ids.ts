import { isPlainWord } from '../domain/quotable.ts';
import { usage } from './words.ts';

/** Whether a word is the id of an operation. */
export const isId = (word: string): boolean => /^\d{1,16}$/.test(word) && Number.isSafeInteger(Number(word));

/** Ids that are too large are counted, not listed: in JSON two of them could look the same. */
function checkSize(word: string | undefined): void {
  if (word === undefined || !/^\d{16,}$/.test(word) || isId(word)) return;
  throw usage(`operations above id ${Number.MAX_SAFE_INTEGER} (2^53 - 1) are counted, but cannot be shown or changed`);
}

/** The numbers at the beginning: a database whose name is a number is named with --url. */
export function leadingIds(words: readonly string[]): number[] {
  const end = words.findIndex((word) => !isId(word));
  checkSize(words[end]);
  return words.slice(0, end === -1 ? words.length : end).map(Number);
}

/** The id of an operation. It is shown only if it is a number: another word may be a connection. */
export function operationId(given: string | undefined, command: string): number {
  if (given === undefined) throw usage(`${command} takes the id of an operation: migtop ${command} ID`);
  checkSize(given);
  if (!isId(given)) throw usage(`${command} takes the id of an operation first: migtop ${command} ID [CONNECTION]`);
  return Number(given);
}

/** The message where a word before the ids is no id. */
export function idsFirst(command: string): string {
  return `the ids come before the connection: migtop ${command} ID… [CONNECTION]`;
}

/** The message where an argument before the connection is no id. It is shown only if it is a plain word: it may contain a password. */
export function noId(argument: string, command: string): string {
  const named = isPlainWord(argument) ? `"${argument}"` : 'an argument before the connection';
  return `${named} is no id: migtop ${command} ID… [CONNECTION], or with --where FILTER`;
}

/** The message where no operation is named. A word that was given may be meant as an id or as the connection: it is named if it is a plain word. */
export function noIds(given: string | undefined, command: string): string {
  const before = given !== undefined && isPlainWord(given) ? ` before "${given}", which is no id` : '';
  return `${command} takes the ids of operations${before}, or --where FILTER: migtop ${command} ID… [CONNECTION]`;
}
