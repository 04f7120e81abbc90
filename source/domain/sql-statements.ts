/**
 * Divides an SQL text into its statements, each with the comments before it and without its semicolon. Semicolons in quotes,
 * dollar quotes and comments do not end a statement.
 */
export function statementsIn(text: string): readonly string[] {
  const statements: string[] = [];
  let start = 0;
  const token =
    /--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\1\$|\bE'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|;/gi;
  for (const { 0: found, index } of text.matchAll(token)) {
    if (found !== ';') continue;
    statements.push(text.slice(start, index).trim());
    start = index + 1;
  }
  statements.push(text.slice(start).trim());
  return statements.filter((statement) => withoutComments(statement) !== '');
}

/** The statement without the comment lines before it and at the ends of its lines outside of quotes. */
export function withoutComments(statement: string): string {
  return statement
    .replace(
      /(\$(\w*)\$[\s\S]*?\$\2\$|'(?:[^']|'')*'|"(?:[^"]|"")*")|--[^\n]*/g,
      (_all, kept: string | undefined) => kept ?? '',
    )
    .trim();
}
