import packageJson from '../package.json' with { type: 'json' };
import { everyCommand, synopsis } from '../source/commands/command-table.ts';
import { checkCodes, exitCodes } from '../source/commands/exit-codes.ts';
import { type Flag, flags, helpOf, usageOf } from '../source/commands/flags.ts';

/** The manual page in the language of man(7), from the tables of commands, options and exit codes. */
export function manPage(): string {
  const named = everyCommand.map((command) => [
    '.TP',
    `.B ${escaped(synopsis(command))}`,
    escaped(`${command.summary.slice(0, 1).toUpperCase()}${command.summary.slice(1)}.`),
    ...command.details.map(escaped),
  ]);
  const options = (flags as readonly Flag[]).map((flag) => [
    '.TP',
    `.B ${escaped(usageOf(flag))}`,
    escaped(helpOf(flag)),
  ]);
  const codes = exitCodes.map(({ code, meaning }) => ['.TP', `.B ${code}`, escaped(meaning.replaceAll('`', ''))]);
  const examples = everyCommand.flatMap((command) =>
    command.examples.map(({ line, what }) => ['.TP', `.B ${escaped(line)}`, escaped(what)]),
  );
  return [
    `.TH MIGTOP 1 "" "migtop ${packageJson.version}"`,
    '.SH NAME',
    'migtop \\- top for data migrations',
    '.SH SYNOPSIS',
    '.B migtop',
    '[COMMAND] [CONNECTION] [OPTIONS]',
    '.SH DESCRIPTION',
    escaped(packageJson.description),
    '.PP',
    escaped(
      'CONNECTION is a URL (postgres://user@host/database), a "key=value …" string or a database name, as in psql. Without it, migtop uses DATABASE_URL and the PG* variables.',
    ),
    '.SH COMMANDS',
    ...named.flat(),
    '.SH OPTIONS',
    ...options.flat(),
    '.SH EXIT STATUS',
    ...codes.flat(),
    '.PP',
    escaped(`With status --check: ${checkCodes.map(({ code, short }) => `${code} ${short}`).join(', ')}.`),
    '.SH EXAMPLES',
    ...examples.flat(),
    '.SH SEE ALSO',
    '.BR psql (1)',
    // The mark after the part is on a separate line: it is ignored up to the two dots.
    '.ig',
  ].join('\n');
}

/** A line of text: a dash is no hyphen, and a dot or an apostrophe at the beginning is no request. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('…', '...').replace(/^[.']/, '\\&$&');
}
