import { type WatchedEvent, withEvents } from './watched-events.ts';

/** Maximum time in seconds between operations that progress again as one event: after a lock or a failover, all workers do. */
const togetherSeconds = 60;

/**
 * The events with new ones, oldest first. Operations that progress again at about the same time are one event, at its last time, and so
 * are those that several polls found added to a table, and rows that several polls found removed, id range by id range.
 */
export function withCombined(events: readonly WatchedEvent[], added: readonly WatchedEvent[]): readonly WatchedEvent[] {
  return added.reduce(withOne, events);
}

function withOne(events: readonly WatchedEvent[], added: WatchedEvent): readonly WatchedEvent[] {
  const { at, what } = added;
  // Its key is that of the event that told the operations before these.
  if (what.kind === 'added')
    return withEvents(
      events.filter(({ key }) => key !== added.key),
      [added],
    );
  if (what.kind === 'removed') return withRemoved(events, at, added.key, what);
  if (what.kind !== 'moving again') return withEvents(events, [added]);
  const before = events.findLast((one) => one.what.kind === 'moving again');
  if (before === undefined || before.what.kind !== 'moving again' || at - before.at > togetherSeconds)
    return withEvents(events, [added]);
  const { operation, others: known = [] } = before.what;
  // One that has stalled and progressed again and again is not several.
  if (operation.id === what.operation.id || known.includes(what.operation.id)) return withEvents(events, [added]);
  const others = [...known, what.operation.id];
  const combined: WatchedEvent = { key: before.key, at, what: { ...before.what, others } };
  return withEvents(
    events.filter((one) => one !== before),
    [combined],
  );
}

function withRemoved(
  events: readonly WatchedEvent[],
  at: number,
  key: string,
  what: Extract<WatchedEvent['what'], { kind: 'removed' }>,
): readonly WatchedEvent[] {
  const before = events.findLast((one) => one.what.kind === 'removed');
  if (before === undefined || before.what.kind !== 'removed' || at - before.at > togetherSeconds)
    return withEvents(events, [{ key, at, what }]);
  const added = (before.what.added ?? 0) + (what.added ?? 0);
  const tableNames = [...new Set([...before.what.tableNames, ...what.tableNames])];
  return withEvents(
    events.filter((one) => one !== before),
    [
      {
        key: before.key,
        at,
        what: { ...what, rows: before.what.rows + what.rows, tableNames, ...(added > 0 && { added }) },
      },
    ],
  );
}
