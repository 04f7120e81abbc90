/**
 * The README's table of figures, made from the last results of the bench.
 *
 * `node scripts/measured.ts` writes it between `<!-- measured -->` and `<!-- /measured -->` of README.md; `--print` prints
 * it; `--check` exits 1 where README.md has another one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Claim } from '../bench/claims.ts';
import { type Result, readResults } from '../bench/results.ts';

const marks = { begin: '<!-- measured -->', end: '<!-- /measured -->' } as const;

export const resultsFolder = fileURLToPath(new URL('../bench/results', import.meta.url));

/** As Markdown: on what it was measured, a row a promise, and a line a figure of what was measured beside. */
export function measuredTable(results: readonly Result[]): string {
  const [first] = results;
  if (first === undefined) return 'Nothing has been measured yet: `npm run bench`.';
  const rows = results.flatMap(({ figure, claims }) =>
    claims
      .filter(({ target }) => target !== '')
      .map((claim) => [figure, claim.what, claim.target.replace('<=', '≤').replace('>=', '≥'), measured(claim)]),
  );
  const others = results.flatMap(({ figure, claims }) => {
    const texts = claims.filter(({ target }) => target === '').map((claim) => `${claim.what} ${measured(claim)}`);
    return texts.length === 0
      ? []
      : [`- ${/^\d/.test(figure) ? `Beside figure ${figure}` : 'Beside'}: ${texts.join('; ')}`];
  });
  return [
    `${circumstances(results)}`,
    '',
    ...[['Figure', 'What', 'Target', 'Measured'], ['---', '---', '---', '---'], ...rows].map(
      (cells) => `| ${cells.map(escaped).join(' | ')} |`,
    ),
    ...(others.length === 0 ? [] : ['', ...others]),
  ].join('\n');
}

/** A text with the table between its marks. @throws where it has no marks */
export function withMeasured(text: string, results: readonly Result[]): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin === -1 || end < begin) throw new Error(`README.md has no ${marks.begin} … ${marks.end} for the figures.`);
  return `${text.slice(0, begin + marks.begin.length)}\n${measuredTable(results)}\n${text.slice(end)}`;
}

function circumstances(results: readonly Result[]): string {
  const [{ setting } = results[0] as Result] = results;
  const { machine, rows } = setting;
  const dates = [...new Set(results.map((result) => result.setting.measuredAt))].sort();
  const settings = Object.entries(setting.settings).map(([name, value]) => `\`${name} = ${value}\``);
  const peers = Object.values(setting.peers).filter((version) => version !== null);
  return [
    `Measured ${dates.join(' and ')} on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system},`,
    `Node ${machine.node.slice(1)}, PostgreSQL ${setting.postgresql} (${settings.join(', ')}; the rest as it comes),`,
    `beside ${peers.length === 0 ? 'no other program' : peers.join(' and ')}. The small table has`,
    `${count(rows.small)} rows, the large one ${count(rows.large)}, in its second edition ${count(rows.pending)} of them pending.`,
  ].join('\n');
}

function measured({ measured: figure, unit, met }: Claim): string {
  if (figure === null) return 'not measured';
  const text = `${count(figure)} ${unit}`.trim();
  return met === false ? `**${text}**, missed` : text;
}

function count(number: number): string {
  return number.toLocaleString('en');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  const readme = new URL('../README.md', import.meta.url);
  const results = await readResults(resultsFolder);
  const now = readFileSync(readme, 'utf8');
  const due = withMeasured(now, results);
  const [flag] = process.argv.slice(2);
  if (flag === '--print') console.log(measuredTable(results));
  else if (flag !== '--check') writeFileSync(readme, due);
  else if (now !== due) {
    console.error(
      'The figures in README.md are not the last ones measured. Write them anew with: node scripts/measured.ts',
    );
    process.exitCode = 1;
  }
}
