/** The words of keys that act on operations and have no command: somebody who knows the keys types them. */
const keyWords: Readonly<Record<string, string>> = {
  undo: 'u undoes the last action',
  accept: 'x accepts a failure',
  acknowledge: 'x accepts a failure',
  resize: 'b changes the batch size of an operation',
};

/**
 * Why a word is no command although a key of the monitor has that name: `"undo" is no command: in the monitor, u undoes the last
 * action`. Null for any other word.
 */
export function keyWordText(word: string | undefined): string | null {
  const key = word === undefined || !Object.hasOwn(keyWords, word) ? undefined : keyWords[word];
  return key === undefined ? null : `"${word}" is no command: in the monitor, ${key}`;
}
