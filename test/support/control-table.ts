import { addressOf } from '../../source/database/address.ts';
import { type Connection, connect } from '../../source/database/connect.ts';
import { parseConninfo } from '../../source/database/conninfo.ts';
import { type ControlTable, openControlTable } from '../../source/database/control-table.ts';
import { inspectTarget } from '../../source/database/target.ts';

export interface OpenedTable extends ControlTable {
  readonly connection: Connection;
}

/** Opens a control table as the program does. The caller has to `close` it. */
export async function openTable(url: string, table = 'migration_control'): Promise<OpenedTable> {
  const connection = await connect(addressOf(parseConninfo(url)));
  try {
    return { ...openControlTable(connection, await inspectTarget(connection, table)), connection };
  } catch (error) {
    await connection.close();
    throw error;
  }
}
