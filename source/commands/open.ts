import { addressOf } from '../database/address.ts';
import { type Connection, connect } from '../database/connect.ts';
import { connectionParameters } from '../database/conninfo.ts';
import { type ControlTable, openControlTable } from '../database/control-table.ts';
import { inspectTarget, type Target } from '../database/target.ts';
import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** The table that the arguments and the environment name, connected and checked. */
export interface Opened {
  readonly connection: Connection;
  readonly table: ControlTable;
  readonly inspect: () => Promise<Target>;
}

/** @throws {DatabaseError} with the remedy, for whatever keeps the table from being watched */
export async function open(given: string | undefined, flags: Flags, { env }: Surroundings): Promise<Opened> {
  const connection = await connect(addressOf(connectionParameters(given, env)));
  try {
    const inspect = (): Promise<Target> => inspectTarget(connection, flags.table);
    return { connection, table: openControlTable(connection, await inspect()), inspect };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
