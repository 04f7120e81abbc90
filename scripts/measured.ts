/** What the documents say of the last results of the bench (bench/results). */
import { fileURLToPath } from 'node:url';
import type { Claim } from '../bench/claims.ts';
import type { Result } from '../bench/results.ts';

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

/** The results that a user asks for, five lines of Markdown; a result that was not measured is left out. */
export function resultLines(results: readonly Result[]): string {
  const claims = results.flatMap((result) => result.claims);
  const figureOf = (what: string): number | null => claims.find((claim) => claim.what === what)?.measured ?? null;
  const line = (whats: readonly string[], text: (...values: number[]) => string): string[] => {
    const values = whats.map(figureOf);
    return values.includes(null) ? [] : [`- ${text(...(values as number[]))}`];
  };
  const share = (ratio: number): string => `${count(Math.round(ratio * 100))} %`;
  return [
    ...line(
      ['a poll of the large table', 'naive queries, large table', 'server CPU of the naive queries against a poll'],
      (poll, naive, ratio) =>
        `**The server.** On ten million rows a poll takes ${count(Math.round(poll))} ms. The four monitoring queries of the specification take ${count(Math.round(naive / 1000))} s, and ${count(Math.round(ratio))} times the server CPU.`,
    ),
    ...line(
      ['batches a second with one monitor against none', 'batches a second with the naive queries against none'],
      (monitor, naive) =>
        `**The workers.** With one migtop they keep ${share(monitor)} of their throughput; with the four queries once a second ${share(naive)}.`,
    ),
    ...line(
      ['bytes of a refresh, Overview', 'bytes of a refresh, pg_activity'],
      (overview, peer) =>
        `**The line.** A refresh sends ${count(Math.round(overview))} bytes to the terminal; pg_activity sends ${count(Math.round(peer))}.`,
    ),
    ...line(
      [
        'CPU of a refresh, migtop, small table',
        'CPU of a refresh, migtop, large table',
        'CPU of a refresh, pg_activity',
      ],
      (small, large, peer) =>
        `**The bastion.** A refresh takes ${count(Math.round(small))} to ${count(Math.round(large))} ms of CPU; pg_activity takes ${count(Math.round(peer))} ms.`,
    ),
    ...line(
      ['first frame, large table', 'first frame, pg_activity'],
      (own, peer) =>
        `**The start.** The first frame with the workers is there after ${(own / 1000).toFixed(1)} s; pg_activity takes ${(peer / 1000).toFixed(1)} s.`,
    ),
  ].join('\n');
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
