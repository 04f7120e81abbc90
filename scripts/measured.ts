/** Generates the measured figures in the documents from the last results of the bench (bench/results). */
import { fileURLToPath } from 'node:url';
import type { Claim } from '../bench/claims.ts';
import type { Result } from '../bench/results.ts';
import { tableLines, withinCell } from '../source/presentation/markdown.ts';

export const resultsFolder = fileURLToPath(new URL('../bench/results', import.meta.url));

/** The figures as Markdown: the machine, a table of all targets, and the values without a target. */
export function measuredTable(results: readonly Result[]): string {
  const [first] = results;
  if (first === undefined) return 'Nothing has been measured yet. Run `npm run bench`.';
  const rows = results.flatMap(({ figure, claims }) =>
    claims
      .filter(({ target }) => target !== '')
      .map((claim) => [figure, claim.what, claim.target.replace('<=', '≤').replace('>=', '≥'), measured(claim)]),
  );
  const others = results.flatMap(({ figure, claims }) => {
    const texts = claims.filter(({ target }) => target === '').map((claim) => `${claim.what} ${measured(claim)}`);
    return texts.length === 0
      ? []
      : [`- ${/^\d/.test(figure) ? `For comparison, figure ${figure}` : 'For comparison'}: ${texts.join('; ')}`];
  });
  return [
    `${settingText(results)}`,
    '',
    ...tableLines(
      ['Figure', 'What', 'Target', 'Measured'],
      rows.map((cells) => cells.map(withinCell)),
    ),
    ...(others.length === 0 ? [] : ['', ...others]),
  ].join('\n');
}

/** The results for users, as up to five lines of Markdown; those that were not measured are omitted. */
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
        `**Database server.** On ten million rows, a poll takes ${count(Math.round(poll))} ms. The specification's four monitoring queries take ${count(Math.round(naive / 1000))} s and ${count(Math.round(ratio))} times the server CPU.`,
    ),
    ...line(
      ['batches per second with one monitor against none', 'batches per second with the naive queries against none'],
      (monitor, naive) =>
        `**Workers.** With one migtop they keep ${share(monitor)} of their throughput; with the four queries once per second, ${share(naive)}.`,
    ),
    ...line(
      ['bytes of a refresh, Overview', 'bytes of a refresh, pg_activity'],
      (overview, peer) =>
        `**Network.** A refresh sends ${count(Math.round(overview))} bytes to the terminal; pg_activity sends ${count(Math.round(peer))}.`,
    ),
    ...line(
      [
        'CPU of a refresh, migtop, small table',
        'CPU of a refresh, migtop, large table',
        'CPU of a refresh, pg_activity',
      ],
      (small, large, peer) =>
        `**Client CPU.** A refresh takes ${count(Math.round(Math.min(small, large)))} to ${count(Math.round(Math.max(small, large)))} ms of CPU; pg_activity takes ${count(Math.round(peer))} ms.`,
    ),
    ...line(
      ['first frame, large table', 'first frame, pg_activity'],
      (own, peer) =>
        `**Start.** The first screen with the workers appears after ${(own / 1000).toFixed(1)} s; pg_activity's after ${(peer / 1000).toFixed(1)} s.`,
    ),
  ].join('\n');
}

function settingText(results: readonly Result[]): string {
  const [{ setting } = results[0] as Result] = results;
  const { machine, rows } = setting;
  const dates = [...new Set(results.map((result) => result.setting.measuredAt))].sort();
  const settings = Object.entries(setting.settings).map(([name, value]) => `\`${name} = ${value}\``);
  const peers = Object.values(setting.peers).filter((version) => version !== null);
  return [
    `Measured ${new Intl.ListFormat('en-GB').format(dates)} on ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system},`,
    `Node ${machine.node.slice(1)}, PostgreSQL ${setting.postgresql} (${settings.join(', ')}; other settings at their defaults),`,
    `${peers.length === 0 ? 'without other programs' : `compared with ${peers.join(' and ')}`}. The small table has`,
    `${count(rows.small)} rows, the large one ${count(rows.large)}; in a second large table ${count(rows.pending)} rows are pending.`,
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
