import { createMonitor } from '../monitor/monitor.ts';
import type { Monitor } from '../monitor/monitor-interface.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { Flags } from './arguments.ts';
import { withPausesFirst } from './pauses-first.ts';
import type { Surroundings } from './surroundings.ts';

/** A monitor without a screen: no key changes the table. */
export function createUnseenMonitor(
  table: ControlTable,
  flags: Flags,
  { now }: Pick<Surroundings, 'now'>,
  leave: (code: number) => void,
): Monitor {
  return createMonitor({
    table: withPausesFirst(table),
    readOnly: true,
    intervalSeconds: flags.intervalSeconds,
    window: { columns: 80, rows: 24 },
    greeting: null,
    until: flags.until,
    now,
    onQuit: () => leave(0),
    onSuspend: () => {},
    onRedraw: () => {},
  });
}
