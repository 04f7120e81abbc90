import type { Target } from '../database/target.ts';
import { shellWord } from '../domain/quote-name.ts';
import { connectionWords } from '../presentation/command-line.ts';
import type { Flags } from './arguments.ts';

/**
 * Where this command connects to, and which operations it reads, as words of a command line, with a blank before them; '' if the
 * environment alone says it.
 */
export function givenPlace(
  connection: string | undefined,
  flags: Pick<Flags, 'target' | 'configFile' | 'table'>,
  target: Target,
): string {
  const option = (name: string, value: string | undefined): string =>
    value === undefined ? '' : ` --${name} ${shellWord(value)}`;
  const table = target.table === 'public.migration_control' ? '' : option('table', target.table);
  // Without it, a command would act on the operations of earlier runs too.
  const since = option('since', target.scope?.text);
  const config = option('config', flags.configFile);
  if (flags.target !== undefined) return `${config}${option('target', flags.target)}${table}${since}`;
  return `${connection === undefined ? `${config}${table}` : ` ${connectionWords(target)}`}${since}`;
}

/** Adds the place to the commands of migtop that a text names, after their ids. */
export function withPlace(text: string, place: string): string {
  return place === ''
    ? text
    : text.replace(
        /\bmigtop (?:retry|resume|takeover|export)\b(?: --unproven)?(?: \d+)*/g,
        (command) => `${command}${place}`,
      );
}
