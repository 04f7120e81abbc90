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

const cutsAll = process.env.MIGTOP_CUTS === 'all';

/**
 * The types of messages at which the work is cut: those at which the server commits or the client learns the outcome (Query, Sync;
 * ErrorResponse, ReadyForQuery). `MIGTOP_CUTS=all` cuts at all messages.
 */
const types = cutsAll ? '' : 'QS/EZ';

/** The kinds of work, each of how many of these messages is cut, and how many cuts there are at least. The queue sends many. */
const works = [
  { work: 'table', every: 1, least: 30 },
  { work: 'queue', every: cutsAll ? 1 : 3, least: 35 },
] as const;

const databases: TestDatabase[] = [];
let ended: ((typeof works)[number] & Ended)[];
let lines: Line[];

beforeAll(async () => {
  const library = pathToFileURL(join(dirname(await builtProgram()), 'worker.js')).href;

  async function cutAtEach(work: string, every: number): Promise<Ended> {
    const database = await createDatabase({ schema: true });
    databases.push(database);
    // A target without a key, so that a record that is migrated twice is found twice.
    await database.query('CREATE TABLE source (id int PRIMARY KEY); CREATE TABLE target (id int)');
    await database.query('INSERT INTO source SELECT n * n FROM generate_series(1, 5) n');
    const args = [script, library, work, String(every), types, database.url];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { env: plainEnvironment() }, (error, stdout, stderr) => {
        const found = stdout.trim().split('\n').filter(Boolean);
        resolve({ code: error?.code ?? 0, stderr, lines: found.map((line) => JSON.parse(line) as Line | 'end') });
      });
    });
  }

  ended = await Promise.all(works.map(async (one) => ({ ...one, ...(await cutAtEach(one.work, one.every)) })));
  lines = ended.flatMap((one) => one.lines.filter((line) => line !== 'end'));
}, 600_000);
afterAll(() => Promise.all(databases.map((database) => database.drop())));

it('a worker whose pool has an error handler survives a lost connection at any message', () => {
  for (const { work, every, least, code, stderr, lines: own } of ended) {
    expect([code, stderr]).toEqual([0, '']);
    expect(own.at(-1)).toBe('end');
    // The process ends with a run without a cut.
    const messages = own.flatMap((line) => (line === 'end' ? [] : [line.message]));
    expect(messages, work).toEqual(Array.from({ length: messages.length }, (_, at) => 1 + at * every));
    expect(messages.length, work).toBeGreaterThan(least);
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
