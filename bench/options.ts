import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FigureName, figureNames } from './figures.ts';

export interface BenchOptions {
  /** Of the large table. */
  readonly rows: number;
  /** Of the small table that the large one is held against. */
  readonly smallRows: number;
  /** Pending rows of the large table's second edition. */
  readonly pending: number;
  readonly only: readonly FigureName[];
  /** Measurements a side, where each is a short one. */
  readonly samples: number;
  /** How long CPU, bytes and throughput are added up for one measurement, in seconds. */
  readonly window: number;
  /** Random changes that the totals have to stand, and polls that the memory has to. */
  readonly polls: number;
  /** Where the server keeps its tables for the next run. */
  readonly data: string;
  /** Where the results go. */
  readonly out: string;
}

/** What the arguments ask for that cannot be done; the message says what can. */
export class UsageError extends Error {}

const root = fileURLToPath(new URL('../', import.meta.url));

export const help = `npm run bench -- [options]

Builds its tables on a PostgreSQL of its own, measures the seven figures of the README with the naive queries, psql and
pg_activity (where they are installed) beside them in the same run, prints a table and writes a file a figure.

  --rows N        rows of the large table                     (10000000)
  --small N       rows of the table it is held against        (10000)
  --pending N     pending rows of its second edition          (a fifth of --rows)
  --only LIST     of ${figureNames.join(', ')}
  --samples N     measurements a side                         (100)
  --window S      seconds over which a rate is measured       (10)
  --polls N       polls for the totals; ten times for memory  (1000)
  --data DIR      where the tables are kept for the next run  (node_modules/.cache/migtop-bench)
  --out DIR       where the results are written               (bench/results)

Ten million rows take about 17 GB of disk while it runs and 11 GB between runs; to fill them takes some six minutes once,
and to measure them some twenty-five on two cores.`;

/** @returns null where help was asked for @throws {UsageError} */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const values = parsed(args);
  if (values.help) return null;
  const rows = whole('rows', values.rows, 10_000_000);
  const smallRows = whole('small', values.small, 10_000);
  const pending = whole('pending', values.pending, Math.floor(rows / 5));
  if (smallRows < 1000) throw new UsageError('--small must be 1000 at least: the rows of every status need room.');
  if (rows <= smallRows) throw new UsageError(`--rows must be more than --small (${smallRows}).`);
  if (pending > rows / 2) throw new UsageError(`--pending must be half of --rows (${rows}) at most.`);
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
