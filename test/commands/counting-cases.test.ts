import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, readSql, type TestDatabase } from '../support/database.ts';
import { followTable } from '../support/followed-table.ts';

interface Row {
  readonly phase: string;
  readonly table_name: string;
  readonly operation: string;
  readonly status: string;
  readonly records_processed: number | null;
  readonly total_records: number | null;
  readonly batch_size: number | null;
  readonly worker_id: number | null;
  readonly startedSecondsAgo: number | null;
  readonly endedSecondsAgo: number | null;
  readonly source_query: string | null;
  readonly validation_query?: string;
}

interface Figures {
  readonly recordsProcessed: number;
  readonly totalRecords: number;
  readonly percent?: number | null;
  readonly counting?: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../cases/counting.json', import.meta.url), 'utf8')) as {
  cases: readonly { name: string; rows: readonly Row[]; expect: Figures & { checkpoint: unknown } }[];
};

let database: TestDatabase;
let figuresOf: { readonly status: Tables; readonly ledger: Tables; readonly report: Tables };

/** By name. */
type Tables = ReadonlyMap<string, unknown>;

const row = (fields: Partial<Row>): Row => ({
  phase: 'execution',
  table_name: 't',
  operation: 'batch_migration',
  status: 'completed',
  records_processed: null,
  total_records: 10_000,
  batch_size: 500,
  worker_id: 1,
  startedSecondsAgo: null,
  endedSecondsAgo: null,
  source_query: null,
  ...fields,
});

/** `repeats=1` in a mark means the first of the given rows. */
async function insert(rows: readonly Row[]): Promise<void> {
  const { rows: last } = await database.query<{ id: number }>(
    'SELECT coalesce(max(id), 0) AS id FROM migration_control',
  );
  const given = rows.map((one) => ({
    ...one,
    validation_query: one.validation_query?.replace(
      / repeats=(\d+)/,
      (_, nth) => ` repeats=${Number(last[0]?.id) + Number(nth)}`,
    ),
  }));
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, total_records, batch_size,
       worker_id, source_query, validation_query, started_at, completed_at)
     SELECT phase, table_name, operation, status, records_processed, total_records, batch_size, worker_id, source_query,
       validation_query, localtimestamp - "startedSecondsAgo" * interval '1 second',
       localtimestamp - "endedSecondsAgo" * interval '1 second'
     FROM jsonb_to_recordset($1) AS (phase text, table_name text, operation text, status text, records_processed int,
       total_records int, batch_size int, worker_id int, source_query text, validation_query text,
       "startedSecondsAgo" float8, "endedSecondsAgo" float8)`,
    [JSON.stringify(given)],
  );
}

/** Five batches of 500, of which three failed at 200 records and were done again, alone and beside 50 batches. */
const repeatedBatches = [0, 50].flatMap((beside) =>
  (
    [
      ['long queries', 'a'.repeat(450), ' ', 2500],
      ['very long queries', 'a'.repeat(4500), ' ', 2500],
      ['queries with other white space', '*', '\n\t', beside === 0 ? 2500 : 3100],
      ['queries with a no-break space', '*', ' \u00a0', 3100],
      ['queries with a byte order mark', '*', ' \ufeff', 3100],
    ] as const
  ).map(([why, columns, space, records]) => {
    const batch = (nth: number, of: Partial<Row>): Row =>
      row({
        records_processed: 500,
        total_records: 100_000,
        startedSecondsAgo: 900 - nth,
        endedSecondsAgo: 899 - nth,
        source_query: `SELECT ${columns} FROM s ORDER BY id LIMIT 500 OFFSET ${500 * nth}`,
        ...of,
      });
    const again = (nth: number): Partial<Row> => ({
      source_query: batch(nth, {}).source_query?.replace(' FROM', `${space}FROM`) ?? null,
      startedSecondsAgo: 500 - nth,
      endedSecondsAgo: 499 - nth,
    });
    const rows = [
      ...Array.from({ length: 5 }, (_, nth) => batch(nth, nth < 3 ? { status: 'failed', records_processed: 200 } : {})),
      ...[0, 1, 2].map((nth) => batch(nth, again(nth))),
      ...Array.from({ length: beside }, (_, nth) => batch(nth + 5, {})),
    ];
    const figures = { counting: 'per batch', recordsProcessed: records + 500 * beside };
    return [`three of ${beside + 5} batches that failed, and were done again, with ${why}`, rows, figures] as const;
  }),
);

/** Copies of a whole table of 1,000 records, alone and beside 60 works of other queries: `failed 800` is one that failed at 800 records. */
const wholeCopies = [0, 60].flatMap((beside) =>
  (
    [
      ['failed 800, completed 1000', 1000, 1000],
      ['failed 800, running 900', 1000, 1000],
      ['failed 800, failed 100', 900, 1000],
      ['skipped 800, completed 1000', 1000, 1000],
      ['failed 800', 800, 1000],
      ['completed 1000, failed 800', 1800, 2000],
      ['failed 800, completed 1000, running 50', 1050, 2000],
      ['failed 800, completed 1000, completed 1000', 2000, 2000],
      ['failed 800, completed 1000, failed 300, running 50', 1350, 2000],
      ['completed 1000, completed 1000', 2000, 2000],
    ] as const
  ).map(([rows, records, total]) => {
    const copies = rows.split(', ').map((text, nth) => {
      const [status = '', counter] = text.split(' ');
      return row({
        operation: 'copy',
        status,
        records_processed: status === 'pending' ? null : Number(counter),
        total_records: 1000,
        batch_size: 100,
        startedSecondsAgo: status === 'pending' ? null : 90 - 10 * nth,
        endedSecondsAgo: /pending|running/.test(status) ? null : 85 - 10 * nth,
        source_query: 'SELECT * FROM s',
      });
    });
    const others = Array.from({ length: beside }, (_, nth) =>
      row({
        operation: 'copy',
        records_processed: 1000,
        total_records: 1000,
        batch_size: 100,
        startedSecondsAgo: 900 - nth,
        endedSecondsAgo: 899 - nth,
        source_query: `SELECT * FROM part_${nth}`,
      }),
    );
    const figures = { recordsProcessed: records + 1000 * beside, totalRecords: total + 1000 * beside };
    return [`${rows}, of one whole query, beside ${beside} others`, [...copies, ...others], figures] as const;
  }),
);

/** The query of a batch of 500 records. */
/** A query's end, with the numbers of its 500 records. */
const rangeIn = (end: string, from: number): string =>
  end
    .replace('{from}', String(from))
    .replace('{first}', String(from + 1))
    .replace('{to}', String(from + 500))
    .replace('{after}', String(from + 501));

const batchQuery = (nth: number): string => `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${500 * nth}`;

/** A table of 80 batches. A worker repeated the last one again and again, each time with 100 records, and perhaps completed it. */
const repeatedAllNight = [false, true].flatMap((isMarked) =>
  [false, true].map((isCompleted) => {
    const attempts = 25;
    const rows = Array.from({ length: 79 + attempts + Number(isCompleted) }, (_, index) => {
      const isLast = isCompleted && index === 79 + attempts;
      const attempt = index - 79;
      const repeats = attempt > 0 ? ` repeats=${index}` : '';
      return row({
        status: index < 79 || isLast ? 'completed' : 'failed',
        operation: attempt > 0 ? 'retry_batch_80' : 'batch_migration',
        records_processed: index < 79 || isLast ? 500 : 100,
        total_records: 40_000,
        startedSecondsAgo: 900 - 2 * index,
        endedSecondsAgo: 899 - 2 * index,
        source_query: batchQuery(Math.min(79, index)),
        ...(isMarked
          ? { validation_query: `/* migtop run=- counts=own from=${500 * Math.min(79, index)}${repeats} */` }
          : {}),
      });
    });
    const why = `80 batches, of which one failed ${attempts} times${isCompleted ? ' and was completed' : ''}${isMarked ? ', of migtop/worker' : ''}`;
    return [
      why,
      rows,
      { counting: 'per batch', recordsProcessed: 40_000, totalRecords: 40_000, percent: 100 },
    ] as const;
  }),
);

const others: readonly (readonly [why: string, rows: readonly Row[], figures: Partial<Figures>])[] = [
  [
    'an attempt of migtop/worker without a total, and its repetition',
    ['from=0 of=operation', 'from=1500 of=operation repeats=1'].map((mark, index) =>
      row({
        status: index === 0 ? 'failed' : 'completed',
        records_processed: 1500,
        total_records: null,
        startedSecondsAgo: 90 - 50 * index,
        endedSecondsAgo: 50 - 40 * index,
        validation_query: `/* migtop run=- counts=own ${mark} */`,
      }),
    ),
    { recordsProcessed: 3000, percent: null },
  ],
  [
    'attempts of one range without a total',
    [700, 300].map((records_processed, index) =>
      row({
        status: index === 0 ? 'failed' : 'completed',
        records_processed,
        total_records: null,
        batch_size: 1000,
        startedSecondsAgo: 90 - 50 * index,
        endedSecondsAgo: 50 - 40 * index,
        source_query: 'SELECT * FROM s LIMIT 1000 OFFSET 2000',
      }),
    ),
    { recordsProcessed: 1000, percent: null },
  ],
  [
    'a large table per batch, with attempts of one range that together have more than its total',
    [
      ...Array.from({ length: 50 }, (_, index) =>
        row({
          records_processed: 10,
          total_records: 1000,
          startedSecondsAgo: 300 - index,
          endedSecondsAgo: 299 - index,
        }),
      ),
      ...[450, 450, 450].map((records_processed, index) =>
        row({
          records_processed,
          total_records: 1000,
          startedSecondsAgo: 90 - 20 * index,
          endedSecondsAgo: 80 - 20 * index,
          source_query: 'SELECT * FROM s LIMIT 500 OFFSET 2000',
        }),
      ),
    ],
    { counting: 'per batch', recordsProcessed: 1500, totalRecords: 1000 },
  ],
  ...(
    [
      ['a range that was skipped before it began', null, 100, { recordsProcessed: 1000, percent: 50 }],
      ['a range that was skipped while it ran', 300, 100, { recordsProcessed: 1300, percent: 65 }],
      ['a range that was skipped, without a batch size', 300, null, { recordsProcessed: 1300, percent: 65 }],
    ] as const
  ).map(
    ([why, records_processed, batch_size, figures]) =>
      [
        why,
        [
          row({ records_processed: 1000, total_records: 1000, batch_size, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
          row({
            status: 'skipped',
            records_processed,
            total_records: 1000,
            batch_size,
            startedSecondsAgo: records_processed === null ? null : 90,
            endedSecondsAgo: 10,
          }),
        ],
        { counting: 'own totals', totalRecords: 2000, ...figures },
      ] as const,
  ),
  // Each range counts its own, and has ended with fewer records than its total, or is open.
  ...(
    [
      ['four', [249_000, 248_000, 249_500, 240_000], 'completed', 250_000, 500, 98.65],
      ['two', [950, 930], 'completed', 1000, 100, 94],
      ['two, of which one is running', [950, 930], 'running', 1000, 100, 94],
      ['sixty', Array.from({ length: 60 }, (_, nth) => 900 + (nth % 7)), 'completed', 1000, 100, 90.29],
    ] as const
  ).map(
    ([many, counters, lastStatus, total_records, batch_size, percent]) =>
      [
        `ranges of one total that have all ended short of it: ${many}`,
        counters.map((records_processed, nth) => {
          const status = nth === counters.length - 1 ? lastStatus : 'completed';
          const endedSecondsAgo = status === 'completed' ? 990 - 10 * nth : null;
          const started = { startedSecondsAgo: 995 - 10 * nth, endedSecondsAgo };
          return row({ status, records_processed, total_records, batch_size, ...started });
        }),
        { counting: 'own totals', totalRecords: counters.length * total_records, percent },
      ] as const,
  ),
  // Works beside them that are open or have failed change nothing.
  ...(
    [
      ['one that begins', [960, 945, 60], ['completed', 'completed', 'running'], 65.5],
      [
        'three that wait',
        [960, 945, null, null, null],
        ['completed', 'completed', 'pending', 'pending', 'pending'],
        38.1,
      ],
      [
        'an early failure',
        [960, 945, 40, 955, 985],
        ['completed', 'completed', 'failed', 'completed', 'completed'],
        77.7,
      ],
    ] as const
  ).map(
    ([what, counters, statuses, percent]) =>
      [
        `ranges of one total that ended short of it, and ${what}`,
        counters.map((records_processed, nth) => {
          const status = statuses[nth] ?? '';
          const startedSecondsAgo = status === 'pending' ? null : 995 - 10 * nth;
          const endedSecondsAgo = status === 'completed' || status === 'failed' ? 990 - 10 * nth : null;
          const ended = { startedSecondsAgo, endedSecondsAgo };
          return row({ status, records_processed, total_records: 1000, batch_size: 100, ...ended });
        }),
        { counting: 'own totals', totalRecords: 1000 * counters.length, percent },
      ] as const,
  ),
  ...(
    [
      ['with at most half of it each', [600, 300, 400], 100],
      ['by less than a tenth', [560, 520], 100],
      ['within their batches', [700, 600], 800],
      ['without a batch size', [700, 600], null],
    ] as const
  ).map(
    ([why, counters, batch_size]) =>
      [
        `ended batches of one total that have more records than it, ${why}`,
        counters.map((records_processed, nth) =>
          row({
            records_processed,
            total_records: 1000,
            batch_size,
            startedSecondsAgo: 95 - 10 * nth,
            endedSecondsAgo: 90 - 10 * nth,
          }),
        ),
        { counting: 'per batch', totalRecords: 1000 },
      ] as const,
  ),
  ...(['pending', 'running', 'skipped', 'failed'] as const).map(
    (status) =>
      [
        `a cumulative table that is done, and one more row that is ${status}`,
        [
          ...[500, 1000, 1500].map((records_processed) =>
            row({
              records_processed,
              total_records: 1500,
              startedSecondsAgo: 200 - records_processed / 10,
              endedSecondsAgo: 190 - records_processed / 10,
            }),
          ),
          row({
            status,
            records_processed: status === 'pending' ? null : 600,
            total_records: 1500,
            startedSecondsAgo: status === 'pending' ? null : 20,
            endedSecondsAgo: status === 'skipped' || status === 'failed' ? 10 : null,
          }),
        ],
        {
          counting: 'cumulative',
          recordsProcessed: 1500,
          totalRecords: 1500,
          percent: status === 'pending' || status === 'running' ? 99.99 : 100,
        },
      ] as const,
  ),
  [
    'a retry with the same query in a table of ranges',
    [
      row({ records_processed: 1000, total_records: 1000, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({
        status: 'failed',
        records_processed: 400,
        total_records: 1000,
        startedSecondsAgo: 70,
        endedSecondsAgo: 60,
        source_query: 'SELECT * FROM s WHERE id >= 1000 AND id < 2000',
      }),
      row({
        records_processed: 1000,
        total_records: 1000,
        startedSecondsAgo: 50,
        endedSecondsAgo: 40,
        source_query: 'SELECT * FROM s WHERE id >= 1000 AND id < 2000',
      }),
      row({ status: 'pending', total_records: 1000, worker_id: null }),
    ],
    { counting: 'own totals', recordsProcessed: 2000, totalRecords: 3000, percent: 66.67 },
  ],
  [
    'cumulative rows with ids out of order and a running one',
    [2000, 1000, 3000]
      .map((records, index) =>
        row({
          records_processed: records,
          batch_size: 1000,
          startedSecondsAgo: 100 - records / 100,
          endedSecondsAgo: 50 - index,
        }),
      )
      .concat(row({ status: 'running', records_processed: 3400, batch_size: 1000, startedSecondsAgo: 20 })),
    { counting: 'cumulative', recordsProcessed: 3400, percent: 34 },
  ],
  [
    'counters that are NULL and negative, and rows of another phase',
    [
      row({ records_processed: 500, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({ records_processed: -500, status: 'failed', startedSecondsAgo: 70, endedSecondsAgo: 60 }),
      row({ startedSecondsAgo: 50, endedSecondsAgo: 40 }),
      row({ phase: 'validation', records_processed: 10_000, startedSecondsAgo: 30, endedSecondsAgo: 20 }),
    ],
    { counting: 'per batch', recordsProcessed: 500, totalRecords: 10_000, percent: 5 },
  ],
  [
    'a table whose rows do not tell',
    [
      row({ records_processed: 800, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({ records_processed: 3000, startedSecondsAgo: 70, endedSecondsAgo: 60 }),
    ],
    { counting: 'unclear', recordsProcessed: 3000, totalRecords: 10_000, percent: 30 },
  ],
  [
    'a table whose rows do not tell, and in which some wait',
    Array.from({ length: 13 }, (_, index) =>
      row({
        status: ['completed', 'completed', 'running'][index] ?? 'pending',
        records_processed: [700, 800, 950][index] ?? null,
        total_records: 1000,
        batch_size: 100,
        startedSecondsAgo: index < 3 ? 90 - 10 * index : null,
        endedSecondsAgo: index < 2 ? 85 - 10 * index : null,
      }),
    ),
    { counting: 'unclear', recordsProcessed: 2450, totalRecords: 13_000, percent: 18.85 },
  ],
  [
    'a table whose rows do not tell, with a failed one ahead',
    [160, 180, 190, 700].map((records_processed, index) =>
      row({
        status: ['completed', 'running', 'paused', 'failed'][index] ?? 'failed',
        records_processed,
        total_records: 1000,
        batch_size: 100,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: index === 0 || index === 3 ? 85 - 10 * index : null,
      }),
    ),
    { counting: 'unclear', recordsProcessed: 1230, totalRecords: 4000, percent: 19 },
  ],
  [
    'skipped rows with records of a total of 0, which do not tell',
    [50, 100].map((records_processed, index) =>
      row({
        status: 'skipped',
        records_processed,
        total_records: 0,
        batch_size: null,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: 85 - 10 * index,
      }),
    ),
    { counting: 'unclear', recordsProcessed: 0, totalRecords: 0, percent: null },
  ],
  // Their counters are positions: those of the attempts of one range do not add up to the total.
  ...[6, 60].map(
    (steps) =>
      [
        `${steps} cumulative rows, of which a failed one was repeated, and one that is running`,
        Array.from({ length: steps + 2 }, (_, index) => {
          const step = Math.min(index + 1, index <= steps ? steps : steps + 1);
          return row({
            status: index === steps - 1 ? 'failed' : index > steps ? 'running' : 'completed',
            records_processed: 500 * step,
            total_records: 600 * steps,
            startedSecondsAgo: 900 - 2 * index,
            endedSecondsAgo: index > steps ? null : 899 - 2 * index,
            source_query: `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${500 * step - 500}`,
          });
        }),
        { counting: 'cumulative', recordsProcessed: 500 * (steps + 1), totalRecords: 600 * steps },
      ] as const,
  ),
  [
    'batches of a queue that reads each with the same query, of which some failed',
    Array.from({ length: 60 }, (_, index) =>
      row({
        status: index % 3 === 0 ? 'failed' : 'completed',
        records_processed: index % 3 === 0 ? 100 : 500,
        total_records: 40_000,
        startedSecondsAgo: 900 - 2 * index,
        endedSecondsAgo: 899 - 2 * index,
        source_query: batchQuery(0),
      }),
    ),
    { counting: 'per batch', recordsProcessed: 22_000, totalRecords: 40_000 },
  ],
  [
    'a large table, in which a row repeats a skipped one that never began',
    [
      ...Array.from({ length: 60 }, (_, index) =>
        row({
          records_processed: 500,
          total_records: 500,
          startedSecondsAgo: 900 - 2 * index,
          endedSecondsAgo: 899 - 2 * index,
        }),
      ),
      row({ status: 'skipped', total_records: 700 }),
      row({
        records_processed: 700,
        total_records: 700,
        startedSecondsAgo: 90,
        endedSecondsAgo: 80,
        validation_query: '/* migtop run=- counts=own from=0 of=operation repeats=61 */',
      }),
    ],
    { counting: 'own totals', recordsProcessed: 30_700, totalRecords: 31_400 },
  ],
  // Most programs roll a batch back that fails, and do all of it again: the records of its failed attempt are not there.
  ...[6, 60].flatMap((batches) =>
    (
      [
        ['ORDER BY id LIMIT 500 OFFSET {from}', 500 * batches],
        ['ORDER BY id OFFSET 0 LIMIT 500 -- {from}', 500 * batches + 300],
        ['WHERE id BETWEEN {first} AND {to} ORDER BY id', 500 * batches],
        ["WHERE id > '{from}' AND id <= '{to}'", 500 * batches],
        ['WHERE id>={first} AND ID<{after}', 500 * batches],
        ['WHERE id > {from} AND other <= {to}', 500 * batches + 300],
        ['WHERE id BETWEEN {first} AND {to} OR id = 0', 500 * batches + 300],
        ['WHERE id NOT BETWEEN {first} AND {to}', 500 * batches + 300],
        ["WHERE made BETWEEN '{first}-01-01' AND '{to}-01-01'", 500 * batches + 300],
      ] as const
    ).map(
      ([end, recordsProcessed]) =>
        [
          `${batches} batches, of which one failed and was done again in full (${end})`,
          Array.from({ length: batches + 1 }, (_, index) =>
            row({
              status: index === 1 ? 'failed' : 'completed',
              operation: index === batches ? 'batch_migration_retry' : 'batch_migration',
              records_processed: index === 1 ? 300 : 500,
              total_records: 500 * batches + 5000,
              batch_size: 500,
              startedSecondsAgo: 900 - 2 * index,
              endedSecondsAgo: 899 - 2 * index,
              source_query: `SELECT * FROM s ${rangeIn(end, 500 * (index === batches ? 1 : index))};`,
            }),
          ),
          { counting: 'per batch', recordsProcessed, totalRecords: 500 * batches + 5000 },
        ] as const,
    ),
  ),
  ...['/* migtop run=- counts=own from=0 of=operation */', '/* migtop run=night counts=own */'].flatMap(
    (validation_query) =>
      (
        [
          ['batches', [500, 500, 500], 4500, 13_000],
          ['cumulative rows', [500, 1000, 1500], 1500, 10_000],
        ] as const
      ).map(
        ([beside, counters, recordsProcessed, totalRecords]) =>
          [
            `a repair of migtop/worker (${validation_query}) beside ${beside} of another program`,
            [3000, ...counters].map((records_processed, index) =>
              row({
                records_processed,
                startedSecondsAgo: index === 0 ? 20 : 90 - 10 * index,
                endedSecondsAgo: index === 0 ? 10 : 85 - 10 * index,
                ...(index === 0 ? { total_records: 3000, validation_query } : {}),
              }),
            ),
            { counting: beside === 'batches' ? 'per batch' : 'cumulative', recordsProcessed, totalRecords },
          ] as const,
      ),
  ),
  [
    'a small repair of migtop/worker and one of another program beside batches',
    [500, 500, 23, 9].map((records_processed, index) =>
      row({
        records_processed,
        total_records: [10_000, 10_000, 23, 9][index] ?? null,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: 85 - 10 * index,
        ...(index === 2 ? { validation_query: '/* migtop run=- counts=own */' } : {}),
      }),
    ),
    { counting: 'per batch', recordsProcessed: 1032, totalRecords: 10_032 },
  ],
  [
    'batches of another program that migtop/worker continues with a higher total',
    [500, 500, 500].map((records_processed, index) =>
      row({
        records_processed,
        total_records: index === 2 ? 12_000 : 10_000,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: 85 - 10 * index,
        ...(index === 2 ? { validation_query: '/* migtop run=- counts=own from=1000 */' } : {}),
      }),
    ),
    { counting: 'per batch', recordsProcessed: 1500, totalRecords: 12_000 },
  ],
  // The statuses of the specification are exact: other rows cannot be read, and may be open.
  ...[2, 60].map(
    (rows) =>
      [
        `${rows} completed rows, and some with statuses in other case`,
        Array.from({ length: rows + 3 }, (_, index) =>
          row({
            status: ['COMPLETED', ' completed', 'Running'][index - rows] ?? 'completed',
            records_processed: 500,
            total_records: 500 * rows,
            startedSecondsAgo: 900 - 2 * index,
            endedSecondsAgo: 899 - 2 * index,
          }),
        ),
        { counting: 'per batch', recordsProcessed: 500 * rows, totalRecords: 500 * rows, percent: 99.99 },
      ] as const,
  ),
  [
    'nothing to migrate, and a status in other case',
    ['completed', 'Pending'].map((status) =>
      row({ status, records_processed: 0, total_records: 0, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
    ),
    { counting: 'per batch', recordsProcessed: 0, totalRecords: 0, percent: null },
  ],
  // A few operations, and more than those whose rows are all known.
  ...[5, 60].flatMap((steps) =>
    (['running', 'completed'] as const).map(
      (status) =>
        [
          `${steps} cumulative rows up to the total, and one that is ${status} at all of it`,
          Array.from({ length: steps + 2 }, (_, index) =>
            row({
              status: index <= steps ? 'completed' : status,
              records_processed: 500 * Math.min(index + 1, steps),
              total_records: 500 * steps,
              startedSecondsAgo: 900 - 2 * index,
              endedSecondsAgo: index <= steps || status === 'completed' ? 899 - 2 * index : null,
            }),
          ),
          {
            counting: 'cumulative',
            recordsProcessed: 500 * steps,
            totalRecords: 500 * steps,
            percent: status === 'completed' ? 100 : 99.99,
          },
        ] as const,
    ),
  ),
  [
    'cumulative rows up to the total, one that is running at all of it, and a repair',
    [500, 1000, 1500, 1500, 23].map((records_processed, index) =>
      row({
        status: index === 3 ? 'running' : 'completed',
        records_processed,
        total_records: index === 4 ? 23 : 1500,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: index === 3 ? null : 85 - 10 * index,
      }),
    ),
    { counting: 'cumulative', recordsProcessed: 1500, totalRecords: 1500, percent: 99.99 },
  ],
  [
    'ranges that migtop/worker has begun',
    [1, 2, 3].map((index) =>
      row({
        status: 'running',
        records_processed: 700,
        startedSecondsAgo: 100 - index,
        validation_query: 'SELECT 1 /* migtop run=- counts=own from=0 of=operation */',
      }),
    ),
    { counting: 'own totals', recordsProcessed: 2100, totalRecords: 30_000, percent: 7 },
  ],
  [
    'a range of migtop/worker and its repetition, which has a long query',
    [
      row({
        status: 'failed',
        records_processed: 700,
        startedSecondsAgo: 90,
        endedSecondsAgo: 80,
        validation_query: '/* migtop run=- counts=own from=0 of=operation */',
      }),
      row({
        status: 'running',
        records_processed: 200,
        startedSecondsAgo: 50,
        validation_query: `SELECT '${'x'.repeat(900)}' /* migtop run=night counts=own from=700 of=operation repeats=1 */`,
      }),
      row({ status: 'pending', worker_id: null }),
    ],
    { counting: 'own totals', recordsProcessed: 900, totalRecords: 20_000, percent: 4.5 },
  ],
  [
    'a table whose operations migtop/worker began behind one another',
    [0, 1].map((index) =>
      row({
        status: index === 0 ? 'completed' : 'running',
        records_processed: index === 0 ? 800 : 3000,
        startedSecondsAgo: 100 - 20 * index,
        endedSecondsAgo: index === 0 ? 90 : null,
        validation_query: `/* migtop run=- counts=own from=${index * 800} */`,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 3800, percent: 38 },
  ],
  [
    'ranges whose query leaves open which they are',
    [1, 2, 3].map((index) =>
      row({
        status: index === 1 ? 'completed' : 'pending',
        records_processed: index === 1 ? 1000 : null,
        total_records: 1000,
        batch_size: 1000,
        startedSecondsAgo: index === 1 ? 60 : null,
        endedSecondsAgo: index === 1 ? 30 : null,
        source_query: 'SELECT * FROM s WHERE id > $1 AND id <= $2',
      }),
    ),
    { counting: 'own totals', recordsProcessed: 1000, totalRecords: 3000, percent: 33.33 },
  ],
  [
    'failed ranges and their repetitions among 60 ranges',
    [...Array.from({ length: 60 }, (_, index) => index), 10, 20, 30].map((range, index) =>
      row({
        status: index < 60 && range % 10 === 0 ? 'failed' : 'completed',
        records_processed: index < 60 && range % 10 === 0 ? 400 : 1000,
        total_records: 1000,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: 800 - index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT 1000 OFFSET ${range * 1000}`,
      }),
    ),
    { counting: 'own totals', recordsProcessed: 58_200, totalRecords: 60_000, percent: 97 },
  ],
  [
    'ranges that are completed twice among 60 ranges, and one that runs again',
    [...Array.from({ length: 60 }, (_, index) => index), 10, 20, 30].map((range, index) =>
      row({
        status: index === 62 ? 'running' : 'completed',
        records_processed: index === 62 ? 300 : 1000,
        total_records: 1000,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: index === 62 ? null : 800 - index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT 1000 OFFSET ${range * 1000}`,
      }),
    ),
    { counting: 'own totals', recordsProcessed: 60_000, totalRecords: 60_000, percent: 99.99 },
  ],
  [
    'ranges by key that are all completed twice',
    [0, 1].flatMap((run) =>
      Array.from({ length: 300 }, (_, range) =>
        row({
          records_processed: 900 + (range % 100),
          total_records: 900 + (range % 100),
          startedSecondsAgo: 9000 - 1000 * run - range,
          endedSecondsAgo: 8999 - 1000 * run - range,
          source_query: `SELECT * FROM s WHERE id BETWEEN ${range * 1000} AND ${range * 1000 + 999}`,
        }),
      ),
    ),
    { counting: 'own totals', recordsProcessed: 284_850, totalRecords: 284_850, percent: 100 },
  ],
  [
    'different ranges of one query with parameters, among 60',
    Array.from({ length: 60 }, (_, index) =>
      row({
        records_processed: 900 + index,
        total_records: 900 + index,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: 800 - index,
        source_query: `SELECT * FROM s WHERE id > $1 /* worker ${index % 10} */`,
      }),
    ),
    { counting: 'own totals', recordsProcessed: 55_770, totalRecords: 55_770, percent: 100 },
  ],
  // The running ones alone have more than the table's total, of which the completed ones are evidently parts.
  ...([4, 60] as const).map(
    (completed) =>
      [
        `${completed} completed batches and four running ones of a table with more records than its total`,
        Array.from({ length: completed + 4 }, (_, index) => {
          const isDone = index < completed;
          return row({
            status: isDone ? 'completed' : 'running',
            records_processed: isDone ? 300 + 50 * (index % 4) : 400,
            total_records: 1000,
            batch_size: 500,
            startedSecondsAgo: 900 - 10 * index,
            endedSecondsAgo: isDone ? 895 - 10 * index : null,
          });
        }),
        {
          counting: 'per batch',
          recordsProcessed: 375 * completed + 1600,
          totalRecords: 1000,
          percent: 99.99,
        },
      ] as const,
  ),
  [
    'a small operation with its own total beside the batches of a table',
    [23, 500, 500].map((records, index) =>
      row({
        operation: index === 0 ? 'missing_parent_migration' : 'batch_migration',
        records_processed: records,
        total_records: index === 0 ? 23 : 15_420,
        batch_size: index === 0 ? 23 : 500,
        startedSecondsAgo: 90 - 20 * index,
        endedSecondsAgo: 80 - 20 * index,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 1023, totalRecords: 15_443, percent: 6.62 },
  ],
  [
    'a range that is repeated with a batch size above its total',
    [500, 2000].map((batch_size, index) =>
      row({
        status: index === 0 ? 'failed' : 'running',
        records_processed: index === 0 ? 400 : 300,
        total_records: 1000,
        batch_size,
        startedSecondsAgo: 90 - 40 * index,
        endedSecondsAgo: index === 0 ? 80 : null,
        source_query: 'SELECT * FROM s WHERE id <= 1000',
      }),
    ),
    { counting: 'per batch', recordsProcessed: 700, totalRecords: 1000, percent: 70 },
  ],
  [
    'a small range, a skipped one and one that has reached its total',
    [
      row({ records_processed: 2500, total_records: 2500, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({ status: 'pending', total_records: 500 }),
      row({ status: 'skipped', records_processed: 0, total_records: 2580 }),
    ],
    { counting: 'own totals', recordsProcessed: 2500, totalRecords: 5580, percent: 44.8 },
  ],
  [
    'half a hundredth of a percent, which is rounded up',
    [row({ records_processed: 207, total_records: 2400, startedSecondsAgo: 90, endedSecondsAgo: 80 })],
    { recordsProcessed: 207, totalRecords: 2400, percent: 8.63 },
  ],
  [
    'the same beside 60 batches',
    Array.from({ length: 61 }, (_, index) =>
      row({
        records_processed: index === 30 ? 23 : 500,
        total_records: index === 30 ? 23 : 60_000,
        batch_size: index === 30 ? 23 : 500,
        startedSecondsAgo: 900 - 2 * index,
        endedSecondsAgo: 800 - 2 * index,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 30_023, totalRecords: 60_023, percent: 50.02 },
  ],
  // With records beyond their batches, and within.
  ...[900, 400].flatMap((records) =>
    (['first', 'last'] as const).map(
      (other) =>
        [
          `ranges of migtop/worker with ${records} records and one of another program, which began ${other}`,
          Array.from({ length: 60 }, (_, index) =>
            row({
              records_processed: records,
              startedSecondsAgo: index > 0 ? 900 - index : other === 'first' ? 950 : 100,
              endedSecondsAgo: index > 0 ? 890 - index : 90,
              ...(index === 0 ? {} : { validation_query: '/* migtop run=- counts=own from=0 of=operation */' }),
            }),
          ),
          other === 'first'
            ? { counting: 'per batch', recordsProcessed: 60 * records, totalRecords: 10_000 }
            : { counting: 'own totals', recordsProcessed: 60 * records, totalRecords: 600_000 },
        ] as const,
    ),
  ),
  [
    'a repair that was done twice beside 60 cumulative rows',
    Array.from({ length: 62 }, (_, index) =>
      row({
        records_processed: index < 60 ? 500 * (index + 1) : 23,
        total_records: index < 60 ? 60_000 : 23,
        startedSecondsAgo: 900 - 2 * index,
        endedSecondsAgo: 899 - 2 * index,
      }),
    ),
    { counting: 'cumulative', recordsProcessed: 30_000, totalRecords: 60_000, percent: 50 },
  ],
  [
    'a repair that was repeated beside 60 batches',
    Array.from({ length: 62 }, (_, index) =>
      row({
        status: index === 60 ? 'failed' : 'completed',
        records_processed: index < 60 ? 500 : index === 60 ? 9 : 23,
        total_records: index < 60 ? 60_000 : 23,
        startedSecondsAgo: 900 - 2 * index,
        endedSecondsAgo: 899 - 2 * index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT ${index < 60 ? 500 : 23} OFFSET ${Math.min(index, 60) * 500}`,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 30_023, totalRecords: 60_023, percent: 50.02 },
  ],
  [
    'a range that was repeated among 50 running ranges of one size',
    Array.from({ length: 52 }, (_, index) =>
      row({
        status: index === 0 ? 'skipped' : 'running',
        records_processed: [400, 300][index] ?? 900,
        total_records: 1000,
        batch_size: 100,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: index === 0 ? 890 : null,
        source_query: `SELECT * FROM s WHERE id >= ${Math.max(1, index) * 1000} AND id < ${Math.max(1, index) * 1000 + 1000}`,
      }),
    ),
    { counting: 'own totals', recordsProcessed: 45_700, totalRecords: 51_000, percent: 89.61 },
  ],
  ...repeatedBatches,
  ...repeatedAllNight,
  ...[5, 60].flatMap((operations) =>
    [
      ['without totals and batch sizes, with equal counters', 'completed', 700, null],
      ['without totals and batch sizes, of which the last has fewer records', 'completed', 300, null],
      ['that run without totals and batch sizes, with equal counters', 'running', 700, null],
      ['that run without batch sizes, with equal counters', 'running', 700, 1_000_000],
    ].map(
      ([why, status, last, total]) =>
        [
          `${operations} operations ${why}`,
          Array.from({ length: operations }, (_, index) =>
            row({
              status: index === 0 ? 'completed' : String(status),
              records_processed: index === operations - 1 ? Number(last) : 700,
              total_records: total === null ? null : Number(total),
              batch_size: null,
              startedSecondsAgo: 900 - 2 * index,
              endedSecondsAgo: index === 0 || status === 'completed' ? 899 - 2 * index : null,
            }),
          ),
          { counting: 'per batch', recordsProcessed: 700 * (operations - 1) + Number(last) },
        ] as const,
    ),
  ),
  [
    'a batch among 60 that was done twice after it failed without records',
    Array.from({ length: 62 }, (_, index) =>
      row({
        status: index === 0 ? 'failed' : 'completed',
        records_processed: index === 0 ? 0 : 500,
        total_records: 100_000,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: 899 - index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${500 * Math.max(0, index - 2)}`,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 30_000 },
  ],
  [
    'operations of migtop/worker among 60, one of which repeats another',
    Array.from({ length: 60 }, (_, index) =>
      row({
        records_processed: 500,
        total_records: 100_000,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: 899 - index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${500 * Math.max(0, index - 1)}`,
        validation_query: `/* migtop run=- counts=own from=0 of=operation${index === 1 ? ' repeats=1' : ''} */`,
      }),
    ),
    { counting: 'own totals', totalRecords: 5_900_000 },
  ],
  [
    'two batches of which an attempt has the batch size for its total',
    Array.from({ length: 4 }, (_, index) =>
      row({
        status: index < 2 ? 'failed' : 'completed',
        records_processed: index < 2 ? 200 : 500,
        total_records: index < 2 ? 500 : 100_000,
        startedSecondsAgo: 900 - index,
        endedSecondsAgo: 899 - index,
        source_query: `SELECT * FROM s ORDER BY id LIMIT 500 OFFSET ${500 * (index % 2)}`,
      }),
    ),
    { counting: 'per batch', recordsProcessed: 1000, totalRecords: 100_000 },
  ],
  [
    'ranges that have all reached their totals',
    [1, 2, 3].map((index) =>
      row({
        records_processed: 2500,
        total_records: 2500,
        startedSecondsAgo: 90 - index,
        endedSecondsAgo: 60 - index,
      }),
    ),
    { counting: 'own totals', recordsProcessed: 7500, totalRecords: 7500, percent: 100 },
  ],
  [
    'cumulative rows of which only the first names the total',
    [1, 2, 3].map((index) =>
      row({
        records_processed: 500 * index,
        total_records: index === 1 ? 10_000 : null,
        startedSecondsAgo: 90 - 10 * index,
        endedSecondsAgo: 85 - 10 * index,
      }),
    ),
    { counting: 'cumulative', recordsProcessed: 1500, totalRecords: 10_000, percent: 15 },
  ],
  ...([40, 60] as const).map(
    (parts) =>
      [
        `${parts} operations with whole queries, of which one failed and was repeated`,
        Array.from({ length: parts + 1 }, (_, index) =>
          row({
            operation: index === parts ? 'copy_retry' : 'copy',
            status: index === 5 ? 'failed' : 'completed',
            records_processed: index === 5 ? 200 : 500,
            total_records: 500,
            startedSecondsAgo: 900 - index,
            endedSecondsAgo: 899 - index,
            source_query: `SELECT * FROM part_${index === parts ? 5 : index}`,
          }),
        ),
        { counting: 'own totals', recordsProcessed: 500 * parts, totalRecords: 500 * parts, percent: 100 },
      ] as const,
  ),
  ...wholeCopies,
  [
    'more than 48 cumulative rows',
    Array.from({ length: 60 }, (_, index) =>
      row({
        records_processed: 1000 * (index + 1),
        total_records: 100_000,
        batch_size: 1000,
        startedSecondsAgo: 600 - index,
        endedSecondsAgo: 500 - index,
      }),
    ),
    { counting: 'cumulative', recordsProcessed: 60_000, percent: 60 },
  ],
];
const all = [
  ...cases.map(({ name, rows, expect: { checkpoint: _, ...right } }) => [name, rows, right] as const),
  ...others,
].map(([why, rows, right], index) => [why, `t${index}`, rows, right] as const);

/** Tables of which counters seldom fall: cumulative ones, some up to the total and beyond, and unclear ones. */
function risingTables(count: number): Row[] {
  const random = createRandom(11);
  const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  return Array.from({ length: count }, (_, table) => {
    let records = 0;
    const total = one(300, 500, 600);
    return Array.from({ length: 3 + Math.floor(random() * 6) }, (__, at) => {
      const status = one('completed', 'completed', 'completed', 'completed', 'failed', 'running', 'paused', 'pending');
      const isOpen = status === 'pending' || status === 'running' || status === 'paused';
      records = records >= total ? one(total, total, total + 100, 40) : records + one(100, 100, 100, 50, 160, 0);
      return row({
        table_name: `rising ${table}`,
        status,
        records_processed: status === 'pending' ? null : records,
        total_records: one(total, total, total, total, total + 20, null),
        batch_size: one(100, 100, 100, 100, null),
        source_query: one(null, null, `SELECT * FROM s ORDER BY id LIMIT 100 OFFSET ${one(0, 100, 200)}`),
        startedSecondsAgo: status === 'pending' ? null : 100 - 10 * at,
        endedSecondsAgo: isOpen ? null : 95 - 10 * at,
      });
    });
  }).flat();
}

/** Tables of any rows, whose right figures are not known: all parts of the program have to agree. */
function randomTables(count: number): Row[] {
  const random = createRandom(9);
  const none = Array.from({ length: 9 }, () => undefined);
  const marks = [...none, 'from=0 of=operation', 'from=100', 'from=100 of=table', ''].map((place) =>
    place === undefined ? undefined : `/* migtop run=- counts=own${place === '' ? '' : ` ${place}`} */`,
  );
  const one = <T>(...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const statuses = ['completed', 'completed', 'failed', 'running', 'paused', 'pending', 'skipped'];
  return Array.from({ length: count }, (_, table) =>
    Array.from({ length: 1 + Math.floor(random() * 6) }, (__, at) => {
      const status = one(...statuses);
      const source_query = one(null, null, null, 'SELECT * FROM s', 'SELECT * FROM s WHERE id > 5');
      const validation_query = one(...marks);
      return row({
        ...(validation_query === undefined ? {} : { validation_query }),
        table_name: `random ${table}`,
        status,
        operation: one('copy', 'copy', 'load', 'retry_copy', 'Copy-retry_2', 'retry_retry_load_retry'),
        records_processed: one(null, 0, -50, 50, 100, 150, 200, 300, 500),
        total_records: one(null, -1, 0, 100, 500, 500, 500, 1000, 2400),
        batch_size: one(null, 0, 50, 100, 100),
        startedSecondsAgo: status === 'pending' ? null : 100 - 10 * at,
        endedSecondsAgo: status === 'pending' || status === 'running' || status === 'paused' ? null : 95 - 10 * at,
        source_query,
      });
    }),
  ).flat();
}

// All tables at once: each part of the program reads them once.
beforeAll(async () => {
  database = await createDatabase({ schema: true });
  await database.query('ALTER TABLE migration_control DROP CONSTRAINT migration_control_status_check');
  for (const [, table_name, rows] of all) await insert(rows.map((one) => ({ ...one, table_name })));
  await insert([...randomTables(300), ...risingTables(300)]);
  const followed = await followTable(database.url);
  const tables = summariseTables((await followed.settle()).totals);
  // The document of `migtop status --json`.
  const document = statusDocument(followed.table.target, await followed.table.report());
  await followed.close();
  const text = (await readSql('reports/table-status.sql')).replace(/;\s*$/, '');
  const { rows } = await database.query<Figures & { tableName: string }>(
    `SELECT table_name AS "tableName", records_processed::float8 AS "recordsProcessed",
       total_records::float8 AS "totalRecords", completion_percentage::float8 AS percent, counting FROM (${text}) AS report`,
  );
  const byName = (of: readonly { readonly tableName: string }[]): Tables =>
    new Map(of.map((one) => [one.tableName, one]));
  figuresOf = { status: byName(document.tables), ledger: byName(tables), report: byName(rows) };
});
afterAll(() => database?.drop());

describe('the counting cases, in status, in the ledger and in the report', () => {
  it.each(all)('%s', (_, name, __, right) => {
    const { status, ledger, report } = figuresOf;
    expect({ status: status.get(name), ledger: ledger.get(name), report: report.get(name) }).toMatchObject({
      status: right,
      ledger: right,
      report: right,
    });
  });

  it('have no outcome while rows of the table cannot be read', () => {
    const named = all.filter(([why]) => why.includes('other case'));
    expect(named).toHaveLength(3);
    for (const [, name] of named) {
      expect(figuresOf.status.get(name)).toMatchObject({ outcome: null });
      expect(figuresOf.ledger.get(name)).toMatchObject({ outcome: null, hasUnreadable: true });
    }
  });

  it.each(repeatedBatches)('know whether the failures are resolved of %s', (why) => {
    const [, name = ''] = all.find(([one]) => one === why) ?? [];
    const isOther = /no-break|byte order|55.*white space/.test(why);
    expect(figuresOf.status.get(name)).toMatchObject({ unresolved: isOther ? 3 : 0 });
  });

  // A retry of one of them is refused: another attempt at its work is completed.
  it('know that the failures of a queue that reads each batch with one query are resolved', () => {
    const [, name = ''] = all.find(([why]) => why.startsWith('batches of a queue')) ?? [];
    expect(figuresOf.status.get(name)).toMatchObject({ unresolved: 0 });
  });

  it('are the same in each of them for any rows', () => {
    const figures = (of: unknown) => {
      const { recordsProcessed, totalRecords, percent, counting } = of as Figures;
      return { recordsProcessed, totalRecords, percent, counting };
    };
    const { status, ledger, report } = figuresOf;
    expect(report.size).toBe(all.length + 600);
    for (const [name, table] of ledger) {
      expect([name, figures(report.get(name)), figures(status.get(name))]).toEqual([
        name,
        figures(table),
        figures(table),
      ]);
    }
  });

  it('are decided by --counting', async () => {
    await database.query('TRUNCATE migration_control');
    await insert([
      row({ records_processed: 800, startedSecondsAgo: 90, endedSecondsAgo: 80 }),
      row({ records_processed: 3000, startedSecondsAgo: 70, endedSecondsAgo: 60 }),
    ]);
    const status = ['status', '--json', '--sample', '0'];
    const plain = await runCommand([...status, database.url]);
    expect(JSON.parse(plain.stdout).tables[0]).toMatchObject({ counting: 'unclear', recordsProcessed: 3000 });
    const decided = await runCommand([...status, '--counting', 't=batch', database.url]);
    expect(JSON.parse(decided.stdout).tables[0]).toMatchObject({
      counting: 'per batch',
      recordsProcessed: 3800,
      percent: 38,
    });
    const { stderr, code } = await runCommand(['status', '--counting', 't=sometimes', database.url]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--counting takes TABLE=own, TABLE=batch')]);
  });
});
