import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment } from '../support/program.ts';

const script = fileURLToPath(new URL('cut-worker.ts', import.meta.url));

interface Line {
  readonly name: 'table' | 'queue';
  readonly message: number;
  readonly first: string;
  readonly left: readonly string[];
  readonly second: string;
  readonly ids: readonly number[];
}

let database: TestDatabase;
let code: number | string | null | undefined;
let lines: (Line | 'end')[];

beforeAll(async () => {
  const library = pathToFileURL(join(dirname(await builtProgram()), 'worker.js')).href;
  database = await createDatabase({ schema: true });
  // A target without a key, so that a record that is migrated twice is found twice.
  await database.query('CREATE TABLE source (id int PRIMARY KEY); CREATE TABLE target (id int)');
  await database.query('INSERT INTO source SELECT n * n FROM generate_series(1, 5) n');
  const output = await new Promise<string>((resolve) => {
    const args = [script, library, database.url];
    execFile(process.execPath, args, { env: plainEnvironment() }, (error, stdout, stderr) => {
      code = error?.code ?? 0;
      resolve(stdout);
      if (error) process.stderr.write(stderr);
    });
  });
  lines = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line | 'end');
}, 600_000);
afterAll(() => database.drop());

it('a worker whose pool has an error handler survives a lost connection at any message', () => {
  expect(code).toBe(0);
  expect(lines.at(-1)).toBe('end');
  // Every message was cut: each of the two ends with a run without a cut.
  for (const name of ['table', 'queue']) {
    const messages = lines.flatMap((line) => (line !== 'end' && line.name === name ? [line.message] : []));
    expect(messages).toEqual(Array.from({ length: messages.length }, (_, at) => at + 1));
    expect(messages.length).toBeGreaterThan(100);
  }
});

it('resolves or throws as documented, and leaves an operation that the next start continues', () => {
  for (const line of lines) {
    if (line === 'end') continue;
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
  for (const line of lines) if (line !== 'end') expect(line.ids, JSON.stringify(line)).toEqual([1, 4, 9, 16, 25]);
});
