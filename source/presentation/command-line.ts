import { shellWord } from '../domain/quote-name.ts';

/** How many ids a command line lists. */
const mostIds = 20;

/**
 * The command that does the same as a key: `migtop skip --where 'table:=cases' --reason '…'`. Options of the connection are
 * left out.
 */
export function commandLine(
  verb: string,
  subject: { readonly ids: readonly number[] } | { readonly where: string },
  reason = '',
): string {
  const more = reason === '' ? '' : ` --reason ${shellWord(reason)}`;
  if ('where' in subject) return `migtop ${verb} --where ${shellWord(subject.where)}${more}`;
  const { ids } = subject;
  const listed = ids.length <= mostIds ? ids.join(' ') : `--where ${shellWord(`id:${rangesOf(ids)}`)}`;
  return `migtop ${verb} ${listed}${more}`;
}

/** The ids as ranges: `1..4,7`. */
function rangesOf(ids: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && id === last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}..${to}`)).join(',');
}
