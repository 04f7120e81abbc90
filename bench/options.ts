import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FigureName, figureNames } from './figures.ts';

export interface BenchOptions {
  /** How many rows the large table has. */
  readonly rows: number;
  /** How many rows the small table has, with which the large one is compared. */
  readonly smallRows: number;
  /** How many rows are pending in the second large table. */
  readonly pending: number;
  readonly only: readonly FigureName[];
  /** How many measurements to take per program or table. */
  readonly samples: number;
  /** Length of one measurement of CPU, bytes or throughput, in seconds. */
  readonly window: number;
  /** How many polls to compare with a full count; the memory is measured over ten times as many. */
  readonly polls: number;
  /** Directory in which the server keeps its tables for the next run. */
  readonly data: string;
  /** Directory for the results. */
  readonly out: string;
}

/** Invalid arguments; the message says what is valid. */
export class UsageError extends Error {}

const root = fileURLToPath(new URL('../', import.meta.url));

export const help = `npm run bench -- [options]

Builds its tables on a private PostgreSQL server and measures the ten figures of docs/performance.md. In the same run it measures
the naive queries, psql and pg_activity (if installed) for comparison. Prints a table and writes a file for each figure.

  --rows N        rows of the large table                     (10000000)
  --small N       rows of the small table                     (10000)
  --pending N     pending rows of the second large table      (a fifth of --rows)
  --only LIST     figures to measure: ${figureNames.join(', ')}
  --samples N     measurements per program or table           (100)
  --window S      length of one measurement in seconds        (10)
  --polls N       polls for the totals; memory: ten times     (1000)
  --data DIR      keeps the tables for the next run           (node_modules/.cache/migtop-bench)
  --out DIR       directory for the results                   (bench/results)

Ten million rows need about 17 GB of disk during a run and 11 GB between runs. Filling the tables takes about 6 minutes, once;
measuring takes about 32 minutes on two cores.`;

/** @returns the options; null for --help @throws {UsageError} */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = parsed(args);
  if (values.help) return null;
  const rows = whole('rows', values.rows, 10_000_000);
  const smallRows = whole('small', values.small, 10_000);
  const pending = whole('pending', values.pending, Math.floor(rows / 5));
  if (smallRows < 1000) throw new UsageError('--small must be at least 1000, so that there are rows of every status.');
  if (rows <= smallRows) throw new UsageError(`--rows must be more than --small (${smallRows}).`);
  if (pending > rows / 2) throw new UsageError(`--pending must be at most half of --rows (${rows}).`);
  return {
    rows,
    smallRows,
    pending,
    only: values.only === undefined ? figureNames : names(values.only),
    samples: whole('samples', values.samples, 100),
    window: positive('window', values.window, 10),
    polls: whole('polls', values.polls, 1000),
    data: values.data ?? `${root}node_modules/.cache/migtop-bench`,
    out: values.out ?? `${root}bench/results`,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        rows: text,
        small: text,
        pending: text,
        only: text,
        samples: text,
        window: text,
        polls: text,
        data: text,
        out: text,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function names(list: string): FigureName[] {
  return list.split(',').map((name) => {
    const found = figureNames.find((each) => each === name.trim());
    if (found === undefined)
      throw new UsageError(`There is no figure "${name.trim()}": --only takes ${figureNames.join(', ')}.`);
    return found;
  });
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  const number = positive(name, text, otherwise);
  if (!Number.isSafeInteger(number)) throw new UsageError(`--${name} must be a whole number, not "${text}".`);
  return number;
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text.replaceAll('_', ''));
  if (!(number > 0 && Number.isFinite(number)))
    throw new UsageError(`--${name} must be a number above 0, not "${text}".`);
  return number;
}
