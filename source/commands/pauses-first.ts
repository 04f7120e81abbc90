import type { ControlTable } from '../polling/control-table.ts';

/**
 * The table, whose first poll reads the actions of operators before: only they show when an operation was paused, and so whether it had
 * stalled before. Else the first poll counts fewer stalls than `status` and the polls after it.
 */
export function withPausesFirst(table: ControlTable): ControlTable {
  let pauses: Promise<unknown> | null = null;
  const poll: ControlTable['poll'] = async (watched) => {
    // An audit that cannot be read is reported where its actions are asked for.
    pauses ??= table.activity().catch(() => null);
    await pauses;
    return table.poll(watched);
  };
  return Object.create(table, { poll: { value: poll } }) as ControlTable;
}
