import { connect } from '../../source/database/connect.ts';
import type { Connection, WriteLimits } from '../../source/database/connection.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { type AuditEntry, type AuditLog, type Intent, intentOf, type Operator } from '../../source/domain/audit.ts';
import type { Outcome, Transition } from '../../source/domain/transitions.ts';
import { type ControlTable, openControlTable } from '../../source/polling/control-table.ts';

export interface OpenedTable extends Omit<ControlTable, 'act'>, AsyncDisposable {
  readonly connection: Connection;
  /** The entries of the local audit, newest first. */
  readonly logged: readonly AuditEntry[];
  act(transition: Transition, intent?: Intent, onWaiting?: (why: string) => void): Promise<Outcome>;
}

export const operator: Operator = { osUser: 'ana', host: 'bastion', client: 'migtop' };

/** Opens a control table as the program does, with a local audit in memory. The caller has to `close` it: `await using` does. */
export async function openTable(
  url: string,
  table = 'migration_control',
  log: AuditLog = memoryLog(),
  limits?: WriteLimits,
): Promise<OpenedTable> {
  const connection = await connect(connectionSettings(url, {}), null, limits);
  try {
    const opened = await openControlTable(connection, table, { operator, logFor: () => log });
    const logged = 'entries' in log ? (log.entries as AuditEntry[]) : [];
    const act: OpenedTable['act'] = (transition, intent = { action: 'pause', reason: null }, onWaiting) =>
      opened.act(transition, intent, onWaiting);
    return { ...opened, target: opened.target, connection, logged, act, [Symbol.asyncDispose]: opened.close };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** A local audit in memory. */
export function memoryLog(): AuditLog & { readonly entries: AuditEntry[] } {
  const entries: (AuditEntry & { key: string })[] = [];
  return {
    entries,
    begin: async (intent) => {
      entries.unshift({ ...intent, at: null, outcome: 'unknown' });
    },
    end: async (key, outcome, at) => {
      const index = entries.findIndex((entry) => entry.key === key);
      const entry = entries[index];
      if (entry !== undefined) entries[index] = { ...entry, outcome, at };
    },
    beginMany: async (bulk) => {
      for (const index of bulk.rows.keys()) {
        const intent = intentOf(bulk, index);
        if (intent !== null) entries.unshift({ ...intent, at: null, outcome: 'unknown' });
      }
    },
    endMany: async (key, outcomes, at) => {
      for (const [index, entry] of entries.entries()) {
        const [bulk, row] = entry.key.split('/');
        const outcome = bulk === key ? outcomes[Number(row)] : null;
        if (outcome != null) entries[index] = { ...entry, outcome, at };
      }
    },
    recent: async (limit) => entries.slice(0, limit),
    accepted: async () =>
      entries.filter(({ action, outcome }) => /^(?:un)?accept$/.test(action) && outcome === 'applied'),
    unsettled: async () => entries.filter(({ outcome }) => outcome === 'unknown'),
  };
}
