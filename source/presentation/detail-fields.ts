import { chunkCharacters, type TextWindow } from '../domain/long-text.ts';
import { elapsedSeconds, isOpen, type Operation } from '../domain/operation.ts';
import type { Zone } from '../domain/zone.ts';
import { count, duration, timestampText, unknown } from './figures.ts';

/**
 * All fields of an operation but its texts, as names and values.
 *
 * @param isOtherZone whether its worker's clock is evidently in another time zone
 * @param isTableTotal whether its `total_records` counts the records of the whole table
 */
export function detailFields(
  operation: Operation,
  takenAt: number,
  zone: Zone | undefined,
  isOtherZone = false,
  isTableTotal = false,
): [string, string][] {
  const figure = (value: number | null): string => (value === null ? '–' : count(value));
  const timestamp = (at: number | null): string => {
    const text = timestampText(at, takenAt, zone);
    return isOtherZone ? text.replace(/ \(.*\)$/, ` ${unknown} (another time zone)`) : text;
  };
  return [
    ['id', String(operation.id)],
    ['phase', operation.phase],
    ['table', operation.tableName],
    ['operation', operation.operation],
    ['status', operation.status],
    ['worker', operation.workerId === null ? '–' : String(operation.workerId)],
    ['records processed', figure(operation.recordsProcessed)],
    ['total records', `${figure(operation.totalRecords)}${isTableTotal ? ' (of the table)' : ''}`],
    ['batch size', figure(operation.batchSize)],
    ['started at', timestamp(operation.startedAt)],
    ['completed at', timestamp(operation.completedAt)],
    ['elapsed', isOtherZone && isOpen(operation.status) ? unknown : spanText(operation, takenAt, zone)],
  ];
}

/** How long it took or takes. A dash for an operation that never started; `?` where its timestamps are unusable. */
export function spanText(operation: Operation, takenAt: number, zone: Zone | undefined): string {
  return operation.startedAt === null ? '–' : duration(elapsedSeconds(operation, takenAt, zone));
}

/** Which characters of a text are loaded, and the length of the whole. */
export function loadedRange({ first, chunks, bytes, hasMore }: TextWindow): string {
  const from = first * chunkCharacters + 1;
  const to = (first + chunks.length) * chunkCharacters;
  return `characters ${count(from)} to ${hasMore ? count(to) : 'the end'} (in all ${count(bytes)} bytes)`;
}
