/** The outcomes of the rows of an action on many, one character each. */
const outcomeCharacters: Readonly<Record<string, string>> = {
  a: 'applied',
  s: 'stale',
  c: 'changed',
  g: 'gone',
  h: 'gone or hidden',
  l: 'locked',
  r: 'refused',
  n: 'not sent',
  x: 'not applied',
  u: 'unclear',
  o: 'noted',
};

/** The character of an outcome in the line of an action on many. An outcome that is not known, or that has no character, is `?`. */
export function outcomeCharacter(outcome: string | null): string {
  return Object.entries(outcomeCharacters).find(([, word]) => word === outcome)?.[0] ?? '?';
}

/** The outcome of a character; undefined if it is not known yet. */
export function outcomeOfCharacter(character: string): string | undefined {
  return outcomeCharacters[character];
}

/** Whether a value is the word of an outcome. */
export function isOutcome(value: unknown): boolean {
  return Object.values(outcomeCharacters).some((word) => word === value);
}
