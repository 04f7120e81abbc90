import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Claim } from './claims.ts';
import type { Machine } from './machine.ts';

/** The result of a figure. */
export interface FigureResult {
  readonly title: string;
  readonly claims: readonly Claim[];
  /** The medians and sample counts of all sides. */
  readonly details: unknown;
}

/** The machine, server and options of a run. */
export interface Setting {
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly postgresql: string;
  /** The server's settings that are not PostgreSQL's defaults. */
  readonly settings: Readonly<Record<string, string>>;
  readonly peers: Readonly<Record<string, string | null>>;
  readonly rows: { readonly small: number; readonly large: number; readonly pending: number };
  readonly seconds: number;
}

/** A file of bench/results. */
export interface Result extends FigureResult {
  readonly figure: string;
  readonly setting: Setting;
}

export async function writeResult(folder: string, result: Result): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(fileOf(folder, result.figure), `${JSON.stringify(result, null, 2)}\n`);
}

/** Reads the results in a directory, in the order of the figures. */
export async function readResults(folder: string): Promise<Result[]> {
  const names = (await readdir(folder)).filter((name) => /^(figure-\d+|indexes)\.json$/.test(name)).sort(byNumber);
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Result));
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** The table that a run prints at its end. */
export function reportOf(results: readonly Result[]): string {
  const lines = results.flatMap(({ figure, title, claims }) => [
    ['', '', '', ''],
    [`${figure}  ${title}`, '', '', ''],
    ...claims.map(({ what, target, measured, unit, met }) => [
      `   ${what}`,
      target,
      measured === null ? 'not measured' : `${measured.toLocaleString('en')} ${unit}`.trim(),
      met === null ? '' : met ? 'met' : 'MISSED',
    ]),
  ]);
  const table = [['figure', 'target', 'measured', ''], ...lines];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  return table
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function fileOf(folder: string, figure: string): string {
  return join(folder, `${/^\d+$/.test(figure) ? `figure-${figure}` : figure}.json`);
}
