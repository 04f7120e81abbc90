/** The name that is nearest to a mistyped word; null if none is near enough to suggest it. */
export function nearName<Name extends string>(typed: string, names: readonly Name[]): Name | null {
  const word = typed.toLowerCase();
  if (word.length < 3) return null;
  const [best] = names
    .map((name) => ({ name, mistakes: mistakesBetween(word, name) }))
    .filter(({ name, mistakes }) => mistakes <= (Math.min(word.length, name.length) < 5 ? 1 : 2))
    .sort((one, other) => one.mistakes - other.mistakes);
  return best?.name ?? null;
}

/** How many letters are missing, added, wrong, or exchanged with their neighbour (optimal string alignment distance). */
function mistakesBetween(one: string, other: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isExchanged = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (isSame ? 0 : 1),
          isExchanged ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}
