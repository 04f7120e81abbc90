import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment } from '../support/program.ts';

const script = fileURLToPath(new URL('cut-worker.ts', import.meta.url));

interface Line {
  readonly message: number;
  readonly first: string;
  readonly left: readonly string[];
  readonly second: string;
  readonly ids: readonly number[];
}

interface Ended {
  readonly code: number | string | null | undefined;
  readonly stderr: string;
  readonly lines: readonly (Line | 'end')[];
}

/** How many processes cut the connections of one kind of work, each at every so-many-th message, in its own database. */
const lanes = 2;

/**
 * The kinds of work, and the types of messages at which they are cut. The queue sends many statements: those at which the
 * server commits or the client learns the outcome (Query, Sync; ErrorResponse, ReadyForQuery) are enough there, as the table is
 * cut at the others. `MIGTOP_CUTS=all` cuts at all.
 */
const works = [
  { work: 'table', types: '' },
  { work: 'queue', types: process.env.MIGTOP_CUTS === 'all' ? '' : 'QS/EZ' },
] as const;

const databases: TestDatabase[] = [];
let ended: { readonly work: string; readonly lanes: readonly Ended[] }[];
let lines: Line[];

beforeAll(async () => {
  const library = pathToFileURL(join(dirname(await builtProgram()), 'worker.js')).href;

  async function cutAtEach(work: string, types: string, lane: number): Promise<Ended> {
    const database = await createDatabase({ schema: true });
    databases.push(database);
    // A target without a key, so that a record that is migrated twice is found twice.
    await database.query('CREATE TABLE source (id int PRIMARY KEY); CREATE TABLE target (id int)');
    await database.query('INSERT INTO source SELECT n * n FROM generate_series(1, 5) n');
    const args = [script, library, work, String(lane + 1), String(lanes), types, database.url];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { env: plainEnvironment() }, (error, stdout, stderr) => {
        const found = stdout.trim().split('\n').filter(Boolean);
        resolve({ code: error?.code ?? 0, stderr, lines: found.map((line) => JSON.parse(line) as Line | 'end') });
      });
    });
  }

  ended = await Promise.all(
    works.map(async ({ work, types }) => ({
      work,
      lanes: await Promise.all(Array.from({ length: lanes }, (_, lane) => cutAtEach(work, types, lane))),
    })),
  );
  lines = ended.flatMap((each) => each.lanes.flatMap((lane) => lane.lines.filter((line) => line !== 'end')));
}, 600_000);
afterAll(() => Promise.all(databases.map((database) => database.drop())));

it('a worker whose pool has an error handler survives a lost connection at any message', () => {
  for (const { work, lanes: all } of ended) {
    for (const { code, stderr, lines: own } of all) {
      expect([code, stderr]).toEqual([0, '']);
      expect(own.at(-1)).toBe('end');
    }
    // Every message was cut: each process ends with a run without a cut.
    const messages = all
      .flatMap((lane) => lane.lines.flatMap((line) => (line === 'end' ? [] : [line.message])))
      .sort((a, b) => a - b);
    expect(messages, work).toEqual(Array.from({ length: messages.length }, (_, at) => at + 1));
    expect(messages.length).toBeGreaterThan(100);
  }
});

it('resolves or throws as documented, and leaves an operation that the next start continues', () => {
  for (const line of lines) {
    expect(line, JSON.stringify(line)).toMatchObject({
      first: expect.stringMatching(
        /^(completed|failed|aborted|already done|thrown: (Error|error|AggregateError|DatabaseError))$/,
      ),
      second: expect.stringMatching(/^(completed|already done)$/),
    });
    expect(
      line.left.every((status) => ['pending', 'running', 'failed', 'completed'].includes(status)),
      JSON.stringify(line),
    ).toBe(true);
  }
});

it('migrates every record exactly once', () => {
  for (const line of lines) expect(line.ids, JSON.stringify(line)).toEqual([1, 4, 9, 16, 25]);
});
