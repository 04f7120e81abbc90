import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { connect } from '../../source/database/connect.ts';
import type { Connection } from '../../source/database/connection.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Snapshot, Total } from '../../source/domain/snapshot.ts';
import { type ControlTable, openControlTable } from '../../source/polling/control-table.ts';
import { readReport } from '../../source/polling/report.ts';
import { memoryLog, operator } from './control-table.ts';

/** One statement that the program sent, and the rows that it returned. */
export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly rows: readonly Record<string, unknown>[];
}

/** A table that is watched as by the monitor, but polled when the test says so. */
export interface FollowedTable {
  readonly table: ControlTable;
  readonly connection: Connection;
  /** Statements since the last `poll` or `settle` began, without those of `expectExact`. */
  readonly sent: readonly Sent[];
  poll(watched?: readonly number[]): Promise<Snapshot>;
  /** Polls and counts until there is nothing left to count. */
  settle(): Promise<Snapshot>;
  /** Advances the database's clock, as the program reads it. */
  pass(seconds: number): void;
  /** Settles, and compares lists and totals with a full count of the table. */
  expectExact(): Promise<Snapshot>;
  /** Polls once: the lists must be right, and the totals must be right or marked as stale. */
  expectHonest(): Promise<Snapshot>;
  close(): Promise<void>;
}

/** Maximum number of steps of counting. */
const maxWork = 2000;

/** Opens a table and takes its first poll. The caller has to `close` it. */
export async function followTable(url: string, named = 'migration_control'): Promise<FollowedTable> {
  const plain = await connect(connectionSettings(url, {}));
  let sent: Sent[] = [];
  let aheadSeconds = 0;

  const connection: Connection = {
    ...plain,
    async readAll(statements, seconds) {
      const answers = await plain.readAll(statements, seconds);
      return answers.map((rows, index) => {
        const { text = '', values = [] } = statements[index] ?? {};
        // Skip the settings of a message.
        if (!text.startsWith('SET ')) sent.push({ text, values: [...values], rows });
        return aheadSeconds === 0 ? rows : rows.map((row) => ahead(row, aheadSeconds));
      });
    },
  };

  try {
    const table = await openControlTable(connection, named, { operator, logFor: () => memoryLog() });
    const followed: FollowedTable = {
      table,
      connection,
      get sent() {
        return sent;
      },
      async poll(watched = []) {
        sent = [];
        return table.poll(watched);
      },
      async settle() {
        sent = [];
        for (let done = 0; done < maxWork; ) {
          const snapshot = await table.poll([]);
          const before = done;
          while (done < maxWork && (await table.work()) !== null) done++;
          if (done === before) return snapshot;
        }
        throw new Error('counting does not end');
      },
      pass(seconds) {
        aheadSeconds += seconds;
      },
      async expectExact() {
        const snapshot = await followed.settle();
        const before = sent;
        const { snapshot: truth } = await readReport(connection, table.target, []);
        sent = before;
        expectSame(snapshot, truth);
        return snapshot;
      },
      async expectHonest() {
        const snapshot = await followed.poll();
        const before = sent;
        const { snapshot: truth } = await readReport(connection, table.target, []);
        sent = before;
        expectSameLists(snapshot, truth);
        if (snapshot.coverage.share === 1 && !snapshot.coverage.isStale)
          expectEqual(inOrder(snapshot.totals), inOrder(truth.totals));
        return snapshot;
      },
      close: () => plain.close(),
    };
    return followed;
  } catch (error) {
    await plain.close();
    throw error;
  }
}

/** How many rows polls have read, changed and watched ones: the cost of a poll. */
export function sentRows(sent: readonly Sent[]): number {
  return sent.flatMap(({ rows }) => rows).filter(({ kind }) => kind === 'row').length;
}

/** The statements that are polls. */
export function changesQueries(sent: readonly Sent[]): readonly Sent[] {
  return sent.filter(({ text }) => text.includes('WITH RECURSIVE changed'));
}

/** Compares a followed snapshot with a full count. */
export function expectSame(followed: Snapshot, counted: Snapshot): void {
  expect(followed.coverage).toMatchObject({ share: 1, isStale: false });
  expectEqual(inOrder(followed.totals), inOrder(counted.totals));
  expectSameLists(followed, counted);
}

function expectSameLists(followed: Snapshot, counted: Snapshot): void {
  expectEqual(live(followed).map(shown), live(counted).map(shown));
  expectEqual(followed.failures.map(shown), counted.failures.map(shown));
}

/** Compares thousands of objects in a tenth of the time that `toEqual` takes, which then shows the difference. */
function expectEqual(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

const keyOf = ({ phase, tableName }: Total): string => `${phase} ${tableName}`;

function inOrder(totals: readonly Total[]): Total[] {
  return totals.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function live({ operations }: Snapshot): Operation[] {
  return operations
    .filter(({ status }) => status === 'running' || status === 'paused')
    .toSorted((a, b) => b.id - a.id || (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
    .slice(0, 1000);
}

/** Without the queries, which are read only with the first version of a row, and are cut. */
function shown({ sourceQuery: _, validationQuery: __, queryDigest: ___, queryKey: ____, ...rest }: Operation): unknown {
  return rest;
}

function ahead(row: Record<string, unknown>, seconds: number): Record<string, unknown> {
  const body = row.body as { now: number };
  return row.kind === 'now' || row.kind === 'clock' ? { ...row, body: { ...body, now: body.now + seconds } } : row;
}
