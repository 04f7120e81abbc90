import { cleanLine } from '../domain/clean-text.ts';

/** A block of code; its fence is longer than any in the text. */
export function fenced(text: string, language: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}

/** The rows of a table. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return tableLines(
    titles,
    rows.map((row) => row.map(cell)),
  );
}

/** The rows of a table whose cells are Markdown already. */
export function tableLines(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
}

/** A text that does not end its cell of a table. */
export function withinCell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** A text on one line that Markdown does not take for markup. */
export function cell(text: string): string {
  return cleanLine(text).replace(/[\\`*<[|]/g, '\\$&');
}
