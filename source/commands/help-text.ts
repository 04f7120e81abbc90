import { type AnyCommand, type CommandName, everyCommand, synopsis } from './command-table.ts';
import { checkCodeLine, exitCodeLines, exitCodes } from './exit-codes.ts';
import { affects, type Flag, flags, helpOf, optionLines, ownHelpOf } from './flags.ts';

/** Maximum width of the help in columns. */
const width = 110;

const connection = `  CONNECTION is a URL (postgres://user@host/database), a "key=value …" string or a database name, as in psql.
  Without it, migtop uses DATABASE_URL and the PG* variables.`;

/** The text of `migtop --help`. */
export const helpText = `
  Usage
${commandLines(everyCommand)}

${connection}

  Options
${optionLines(flags, helpOf).join('\n')}

  Exit codes
${exitCodeLines(
  exitCodes.map(({ code }) => code),
  width,
)
  .map(indented)
  .join('\n')}
    with status --check: ${checkCodeLine()}
`;

/** The text of `migtop COMMAND --help`. */
export function commandHelp(name: CommandName): string {
  const command = everyCommand.find((one) => one.name === name) ?? everyCommand[0];
  if (command === undefined) return helpText;
  const listed = (flags as readonly Flag[]).filter((flag) => affects(flag, name));
  const examples = command.examples.map(({ line, what }) => [`$ ${line}`, what] as const);
  const connects = command.takes.includes('CONNECTION');
  return `
  Usage
    $ ${synopsis(command)}

  ${capital(command.summary)}.
${command.details.flatMap((sentence) => wrapped(sentence, width)).join('\n')}
${examples.length === 0 ? '' : `\n  Examples\n${aligned(examples)}\n`}${connects ? `\n${connection}\n` : ''}
  Options
${optionLines(listed, (flag) => ownHelpOf(flag, command.name)).join('\n')}

  Exit codes
${exitCodeLines(command.exitCodes, width).map(indented).join('\n')}
`.replace(/\n{3,}/g, '\n\n');
}

function commandLines(commands: readonly AnyCommand[]): string {
  return aligned(commands.map((command) => [`$ ${synopsis(command)}`, command.summary] as const));
}

function aligned(rows: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...rows.map(([first]) => first.length));
  const lines = rows.map(([first, second]) => `    ${first.padEnd(longest)}  ${second}`);
  if (lines.every((line) => line.length <= width)) return lines.join('\n');
  return rows.map(([first, second]) => `    ${first}\n        ${second}`).join('\n');
}

function indented(line: string): string {
  return `    ${line}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function wrapped(sentence: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}
