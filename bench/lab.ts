import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { BenchOptions } from './options.ts';
import type { Peers } from './peers.ts';
import type { Progress } from './progress.ts';
import type { Command } from './recording.ts';
import type { BenchServer } from './server.ts';
import { copyTable, type TableSize } from './tables.ts';

/** The tables: a small one, a large one, a copy of that for indexes, and a large one with many pending rows. */
export type TableKind = 'small' | 'large' | 'indexed' | 'pending';

/** The environment that all figures share: the server, the tables, the options. */
export interface Lab {
  readonly options: BenchOptions;
  readonly server: BenchServer;
  readonly progress: Progress;
  readonly peers: Peers;
  /** The name of a database with a copy of that table. The first call creates it; all figures share it. */
  database(kind: TableKind): Promise<string>;
  drop(kind: TableKind): Promise<void>;
  /** Opens a connection, which `close` ends. */
  connect(database: string, application?: string): Promise<pg.Client>;
  /** The command of the built monitor on a table; it polls each second by default. */
  monitor(database: string, ...args: string[]): Command;
  /** Another command of the program on a table. */
  command(name: string, database: string, ...args: string[]): Command;
  sizeOf(kind: TableKind): TableSize;
  close(): Promise<void>;
}

const defaultPending = 400;

export function createLab(parts: Pick<Lab, 'options' | 'server' | 'progress' | 'peers'> & { launcher: string }): Lab {
  const { options, server, progress } = parts;
  const copies = new Map<TableKind, Promise<string>>();
  const clients = new Set<pg.Client>();
  const sizeWith = (rows: number): TableSize => ({ rows, pending: Math.min(defaultPending, Math.floor(rows / 5)) });
  const sizes: Record<TableKind, TableSize> = {
    small: sizeWith(options.smallRows),
    large: sizeWith(options.rows),
    indexed: sizeWith(options.rows),
    pending: { rows: options.rows, pending: options.pending },
  };

  const connect: Lab['connect'] = async (database, application) => {
    const client = new pg.Client({ connectionString: server.url(database, application) });
    client.on('error', () => {});
    client.once('end', () => clients.delete(client));
    await client.connect();
    clients.add(client);
    return client;
  };

  return {
    ...parts,
    connect,
    sizeOf: (kind) => sizes[kind],
    database(kind) {
      const copy = copies.get(kind) ?? copyTable(server, `copy_${kind}`, sizes[kind], progress);
      copies.set(kind, copy);
      return copy;
    },
    async drop(kind) {
      const name = await copies.get(kind);
      copies.delete(kind);
      if (name === undefined) return;
      const owner = await connect('postgres');
      await owner.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await owner.end();
    },
    monitor: (database, ...args) => ({
      file: process.execPath,
      args: [parts.launcher, server.url(database, 'migtop'), ...args],
    }),
    command: (name, database, ...args) => ({
      file: process.execPath,
      args: [parts.launcher, name, server.url(database, 'migtop'), ...args],
    }),
    async close() {
      await Promise.all([...clients].map((client) => client.end().catch(() => {})));
      for (const kind of [...copies.keys()]) await this.drop(kind);
    },
  };
}

/** Waits until a program has settled; not longer than one window, so that a smoke run is short. */
export function rest({ options }: Lab, seconds: number): Promise<void> {
  return sleep(Math.min(seconds, options.window) * 1000);
}

/**
 * Repeats something `count` times, or until the budget is spent, but at least three times (if `count` allows). So slow things
 * are measured less often.
 *
 * @returns how many rounds there were
 */
export async function rounds(
  count: number,
  budgetSeconds: number,
  work: (round: number) => Promise<void>,
): Promise<number> {
  const startedMs = performance.now();
  let round = 0;
  while (round < count && (round < 3 || performance.now() - startedMs < budgetSeconds * 1000)) await work(round++);
  return round;
}
