import type { Target } from '../database/target.ts';
import { shellWord } from '../domain/quote-name.ts';

/** How many ids are always listed. More are given as ranges if these have at most 40 columns, which a line of a dialog has room for. */
const mostIds = 20;
const mostColumns = 40;
/** How many ids a command line lists at most: lines can be broken between them. */
const mostListed = 500;

/** Where a command line connects to. */
export type CommandTarget = Pick<Target, 'host' | 'port' | 'user' | 'database' | 'settings' | 'table' | 'scope'>;

/**
 * The command that does the same as a key: `migtop skip 31 'host=db1 port=5432 user=ops dbname=dispatch' --reason '…'`. It has no
 * password.
 */
export function commandLine(
  verb: string,
  subject: { readonly ids: readonly number[] } | { readonly where: string },
  target: CommandTarget,
  reason = '',
): string {
  const more = reasonOption(reason);
  const place = connectionWords(target);
  if ('where' in subject) {
    // A filter selects within the restriction of the table; an id does not need it.
    const since = target.scope === undefined ? '' : ` --since ${shellWord(target.scope.text)}`;
    return `migtop ${verb} ${place}${since} --where ${shellWord(subject.where)}${more}`;
  }
  const { ids } = subject;
  const ranges = shellWord(`id:${idRanges(ids)}`);
  const isListed = ids.length <= mostIds || (ranges.length > mostColumns && ids.length <= mostListed);
  if (isListed) return `migtop ${verb} ${ids.join(' ')} ${place}${more}`;
  return `migtop ${verb} ${place} --where ${ranges}${more}`;
}

/** The option that gives the reason, with a blank before it; empty without a reason. */
export function reasonOption(reason: string): string {
  return reason.trim() === '' ? '' : ` --reason ${shellWord(reason.trim())}`;
}

/** The connection as a word of a shell, and the table if migtop would not find it by itself. */
export function connectionWords({ host, port, user, database, settings = [], table }: CommandTarget): string {
  const words = [
    `host=${value(host)}`,
    `port=${port}`,
    `user=${value(user)}`,
    `dbname=${value(database)}`,
    ...settings.map(([keyword, one]) => `${keyword}=${value(one)}`),
  ];
  const named = table === 'public.migration_control' ? '' : ` --table ${shellWord(table)}`;
  return `${shellWord(words.join(' '))}${named}`;
}

/** A value of a connection string (PostgreSQL manual, 34.1.1.1). */
function value(text: string): string {
  return /^[^\s'\\]+$/.test(text) ? text : `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** The ids as ranges: `1..4,7`; in a text for people with blanks, since `298,516` reads as one number. */
export function idRanges(ids: readonly number[], separator = ','): string {
  const ranges: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && id === last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(separator);
}
