import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, vi } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { builtProgram, testCache } from '../support/program.ts';
import { type PtyProgram, runInTerminal } from '../support/pty.ts';
import { showsText, type Terminal } from '../support/terminal.ts';

export type StartOptions = NonNullable<Parameters<typeof runInTerminal>[2]>;

/** Control characters other than the line feed, which no plain text has. */
export const controlCharacter = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/;

export const bytes = {
  alternateScreen: '\u001B[?1049h',
  normalScreen: '\u001B[?1049l',
};

/** The directory for the local audit of the programs under test, instead of the tester's home. */
const stateHome = mkdtempSync(join(tmpdir(), 'migtop-state-'));
afterAll(() => rm(stateHome, { recursive: true, force: true }));

/** Starts the built program in a terminal, and waits for nothing. */
export async function startMigtop(args: string[], options: StartOptions = {}): Promise<PtyProgram> {
  return runInTerminal(process.execPath, [await builtProgram(), ...args], withStateHome(options));
}

function withStateHome(options: StartOptions): StartOptions {
  return { ...options, env: { XDG_STATE_HOME: stateHome, XDG_CACHE_HOME: testCache, ...options.env } };
}

/** Starts the built program and waits until it shows the table and takes keys. */
export async function openMigtop(args: string[], options: StartOptions = {}): Promise<PtyProgram> {
  const program = await startMigtop(args, options);
  await program.waitFor(showsData, { description: 'the first data' });
  return program;
}

/** Runs a script of the shell in a terminal; `"$@"` in it is the built program with its arguments. */
export async function runShell(script: string, args: string[], options: StartOptions = {}): Promise<PtyProgram> {
  return runInTerminal(
    'sh',
    ['-c', script, 'sh', process.execPath, await builtProgram(), ...args],
    withStateHome(options),
  );
}

/** Whether the program has drawn data and takes keys: raw mode comes with the bracketed paste. */
export function showsData(terminal: Terminal): boolean {
  return terminal.modes.bracketedPaste && terminal.isAlternate() && terminal.text().includes('PHASES');
}

/**
 * Presses keys, and waits for what has to come of them before anything else is pressed. Rejects if that is on the screen already:
 * the next key could then arrive together with these.
 */
export async function pressAndSee(program: PtyProgram, keys: string | Buffer, pattern: string | RegExp): Promise<void> {
  if (showsText(pattern)(program.terminal)) throw new Error(`${pattern} was on the screen before the key`);
  await press(program, keys, pattern);
}

/** As `pressAndSee`, also if the pattern was on the screen before: for keys after which the next one may arrive at any time. */
export async function press(program: PtyProgram, keys: string | Buffer, pattern: string | RegExp): Promise<void> {
  program.press(keys);
  await program.waitForText(pattern);
}

/** Repeats the check until it passes; rejects with its last error after ten seconds. Also for tests that run concurrently. */
export async function eventually(check: () => Promise<void> | void): Promise<void> {
  await vi.waitFor(check, { timeout: 10_000, interval: 50 });
}

export interface Row {
  id: number;
  phase?: string;
  table?: string;
  operation?: string;
  status: string;
  processed?: number;
  total?: number;
  /** How long ago it started; null where it never did. */
  startedSecondsAgo?: number | null;
  worker?: number;
  error?: string;
  sourceQuery?: string;
}

/** Puts rows into the table as the migration's workers would. */
export async function insertRows(database: TestDatabase, rows: Row[]): Promise<void> {
  for (const row of rows) {
    await database.query(
      `INSERT INTO migration_control (id, phase, table_name, operation, status, records_processed, total_records,
         started_at, completed_at, error_message, batch_size, worker_id, source_query)
       VALUES ($1, $2, $3, $4, $5::text, $6, $7, localtimestamp - make_interval(secs => $8::float8),
         CASE WHEN $5::text IN ('completed', 'failed') THEN localtimestamp END, $9, 500, $10, $11)`,
      [
        row.id,
        row.phase ?? 'execution',
        row.table ?? 'brackets',
        row.operation ?? 'batch_migration',
        row.status,
        row.processed ?? 100,
        row.total ?? 1569,
        row.startedSecondsAgo === undefined ? 30 : row.startedSecondsAgo,
        row.error ?? null,
        row.worker ?? null,
        row.sourceQuery ?? null,
      ],
    );
  }
}

/** The status of a row as the database has it; null where there is no such row. */
export async function statusOf(database: TestDatabase, id: number): Promise<string | null> {
  const { rows } = await database.query<{ status: string }>('SELECT status FROM migration_control WHERE id = $1', [id]);
  return rows[0]?.status ?? null;
}

/** The frame fits the window: nothing wrapped, nothing scrolled, the header above and the keys below, both once. */
export function expectWholeFrame(terminal: Terminal): void {
  expect(terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
  const lines = terminal.text().split('\n');
  expect(lines[0]).toMatch(/^ migtop .* every \d/);
  expect(lines.filter((line) => line.startsWith(' migtop '))).toHaveLength(1);
  expect(lines.filter((line) => line.endsWith('q quit'))).toHaveLength(1);
  expect(lines.slice(-2).join('\n')).toContain('q quit');
}

/** The ids of the child processes. */
export async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=']);
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => Number(child));
}

/** Runs statements in a transaction of another session, and leaves it open until it is disposed of. */
export async function holdOpen(
  database: TestDatabase,
  ...statements: string[]
): Promise<AsyncDisposable & { readonly pid: number }> {
  const client = await database.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await client.query('BEGIN');
  for (const statement of statements) await client.query(statement);
  return { pid: rows[0]?.pid ?? 0, [Symbol.asyncDispose]: () => client.end() };
}
