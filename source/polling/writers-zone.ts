import type { Target } from '../database/target.ts';
import type { Operation } from '../domain/operation.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { localSeconds, type Zone } from '../domain/zone.ts';

/** The start of an operation by the clock of the table's writers, which the scope uses. */
export function localStart(
  { id, startedAt }: Pick<Operation, 'id' | 'startedAt'>,
  zone: Zone | undefined,
): Pick<Operation, 'id' | 'startedAt'> {
  return { id, startedAt: startedAt === null ? null : localSeconds(startedAt, zone) };
}

/** A snapshot with the time zone of the table's writers, and whether the server shows sessions. */
export function inWritersZone(snapshot: Snapshot, { zone, refused }: Target): Snapshot {
  const zoned = zone === undefined ? snapshot : { ...snapshot, zone };
  return refused.includes('sessions') ? { ...zoned, hasSessions: false } : zoned;
}
