/** A key that acts on operations and has no command: its id in the registry, its usual chord, and what it does. */
export interface KeyWord {
  readonly id: string;
  readonly chord: string;
  readonly does: string;
}

const accept: KeyWord = { id: 'accept', chord: 'x', does: 'accepts a failure' };

/**
 * The words that somebody who knows such keys types. A test compares the chords with the registry, which the start of the program
 * must not load.
 */
export const keyWords: Readonly<Record<string, KeyWord>> = {
  undo: { id: 'undo', chord: 'u', does: 'undoes the last action' },
  accept,
  acknowledge: accept,
  resize: { id: 'batch-size', chord: 'b', does: 'changes the batch size of an operation' },
};

/**
 * Why a word is no command although a key of the monitor has that name: `"undo" is no command: in the monitor, u undoes the last
 * action`. Null for any other word.
 */
export function keyWordText(word: string | undefined): string | null {
  const key = word === undefined || !Object.hasOwn(keyWords, word) ? undefined : keyWords[word];
  return key === undefined ? null : `"${word}" is no command: in the monitor, ${key.chord} ${key.does}`;
}
