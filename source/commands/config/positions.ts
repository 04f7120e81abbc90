/** Where a key or a value begins in the text of a configuration file, counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** How many parts the path of a declared key has at most; the place of a longer one is that of its beginning. */
const longestPath = 8;

/**
 * Finds where each key of a TOML text stands. The parser does not say it. The text has to be valid TOML. Keys of the result are
 * the paths as JSON; elements of arrays have no separate position.
 */
export function keyPositions(text: string): ReadonlyMap<string, Position> {
  const found = new Map<string, number>();
  let at = 0;
  let table: readonly string[] = [];

  const skipBlanks = (): void => {
    while (at < text.length) {
      if (/[ \t\r\n,]/.test(text[at] ?? '')) at++;
      else if (text[at] === '#') at = endOfLine();
      else return;
    }
  };
  const endOfLine = (): number => {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  };

  /** Reads a key with its dots, such as `a."b c".d`. */
  function readPath(above: readonly string[]): readonly string[] {
    const path = [...above];
    const start = at;
    for (;;) {
      skipSpaces();
      path.push(readName());
      if (path.length <= longestPath && !found.has(JSON.stringify(path))) found.set(JSON.stringify(path), start);
      skipSpaces();
      if (text[at] !== '.') return path;
      at++;
    }
  }

  function skipSpaces(): void {
    while (text[at] === ' ' || text[at] === '\t') at++;
  }

  function readName(): string {
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const from = at;
      skipString();
      const body = text.slice(from + 1, at - 1);
      if (quote === "'") return body;
      return body.replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (_, short, long, one) => {
        if (one !== undefined) return one;
        return String.fromCodePoint(Number.parseInt(short ?? long, 16));
      });
    }
    const from = at;
    while (/[A-Za-z0-9_-]/.test(text[at] ?? '')) at++;
    if (at === from) at++;
    return text.slice(from, at);
  }

  function skipString(): void {
    const quote = text[at] ?? '';
    const triple = quote.repeat(3);
    if (text.startsWith(triple, at)) {
      at += 3;
      while (at < text.length && !text.startsWith(triple, at)) at += text[at] === '\\' && quote === '"' ? 2 : 1;
      at += 3;
      // Up to two more quotes belong to the text.
      while (text[at] === quote) at++;
      return;
    }
    at++;
    while (at < text.length && text[at] !== quote) at += text[at] === '\\' && quote === '"' ? 2 : 1;
    at++;
  }

  function skipValue(path: readonly string[]): void {
    skipSpaces();
    const first = text[at];
    if (first === '"' || first === "'") skipString();
    else if (first === '[') skipMembers(']', () => skipValue(path));
    else if (first === '{') skipMembers('}', () => readPair(path));
    else while (at < text.length && !/[\n,\]}#]/.test(text[at] ?? '')) at++;
  }

  function skipMembers(end: string, member: () => void): void {
    at++;
    for (skipBlanks(); at < text.length && text[at] !== end; skipBlanks()) member();
    at++;
  }

  function readPair(above: readonly string[]): void {
    const path = readPath(above);
    skipSpaces();
    if (text[at] === '=') at++;
    skipValue(path);
  }

  for (skipBlanks(); at < text.length; skipBlanks()) {
    if (text[at] === '[') {
      at += text[at + 1] === '[' ? 2 : 1;
      table = readPath([]);
      at = endOfLine();
    } else readPair(table);
  }
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  return new Map([...found].map(([path, offset]) => [path, positionOf(offset, starts)]));
}

function positionOf(offset: number, starts: readonly number[]): Position {
  const line = starts.findLastIndex((start) => start <= offset);
  return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
}
