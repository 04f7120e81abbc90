import { readMark } from './mark.ts';
import { expectedRecords, type Operation } from './operation.ts';

/** As `expectedRecords`, without the records of its work that were done before an operation of `migtop/worker` that continues it. */
export function expectedOfRow({
  recordsProcessed,
  totalRecords,
  batchSize,
  validationQuery,
}: Operation): number | null {
  const counter = Math.max(0, recordsProcessed ?? 0);
  const ofWork = expectedRecords(counter, totalRecords, batchSize);
  const { mark } = readMark(validationQuery);
  const before = mark?.ofOperation === true ? (mark.from ?? 0) : 0;
  return ofWork === null || before >= ofWork ? ofWork : Math.max(counter, ofWork - before);
}
