import { hostname, userInfo } from 'node:os';
import { type Address, addressOf } from '../database/address.ts';
import { connect } from '../database/connect.ts';
import { connectionParameters } from '../database/conninfo.ts';
import { type ControlTable, openControlTable } from '../database/control-table.ts';
import type { TableIdentity } from '../domain/audit.ts';
import type { Flags } from './arguments.ts';
import { auditFile, localAudit } from './local-audit.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Opens the table that the arguments and the environment name.
 *
 * @throws {DatabaseError} with the remedy, for whatever keeps the table from being watched
 */
export function open(given: string | undefined, flags: Flags, surroundings: Surroundings): Promise<ControlTable> {
  return openAt(addressOf(connectionParameters(given, surroundings.env)), flags, surroundings);
}

/** Opens the table at an address. @throws {DatabaseError} as `open` does */
export async function openAt(address: Address, flags: Flags, { env, date }: Surroundings): Promise<ControlTable> {
  const connection = await connect(address);
  try {
    const auditing = {
      operator: { osUser: userInfo().username, host: hostname(), client: 'migtop' },
      logFor: (table: TableIdentity) => localAudit(auditFile(env), table, date),
    };
    return await openControlTable(connection, flags.table, auditing, flags.since);
  } catch (error) {
    await connection.close();
    throw error;
  }
}
