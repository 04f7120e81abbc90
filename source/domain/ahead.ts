import { expectedOfRow } from './expected-of-row.ts';
import { reportSeconds, type UsualReport, varianceOf, type Worked } from './report-times.ts';
import type { Span } from './snapshot.ts';
import type { Track } from './tracks.ts';

/** Records that count in the rates although the time of their processing is an estimate. */
export interface Ahead extends Span {
  /** Whether the table includes them already. */
  readonly isReported: boolean;
  /** Whether the report that will include them is not late yet. */
  readonly isDue: boolean;
  /** How many seconds a report of the operation usually takes; null if unknown. */
  readonly reportSeconds: number | null;
  /** How many seconds a batch usually takes, which may have several reports; null if unknown. */
  readonly batchSeconds: number | null;
  /** How many records a second the operation usually processes, and by how many records such an estimate is off on average. */
  readonly usual: { readonly recordsPerSecond: number; readonly offBy: number } | null;
}

/** How many records of these the table does not include yet. */
export function unreportedIn(ahead: readonly Ahead[]): number {
  return ahead.reduce((sum, { records, isReported }) => sum + (isReported ? 0 : records), 0);
}

/** The spans of a gain, or of an estimate: before a pause and after it. */
export function partsOf<Part extends Span & { readonly earlier?: Worked | null }>(part: Part, share = 1): Span[] {
  const { from, to, earlier } = part;
  const records = part.records * share;
  const seconds = reportSeconds(part);
  if (!earlier || seconds <= 0) return [{ from, to, records }];
  const before = (records * earlier.seconds) / seconds;
  return [
    { from: earlier.from, to: earlier.from + earlier.seconds, records: before },
    { from, to, records: records - before },
  ];
}

/**
 * An estimate of the records that a running operation has processed since its last report; none if the next one is late. 0 records if
 * the poll has just seen a report: how often the operation reports is known then too. (Without it, rates and ETAs would depend on which
 * of the workers happen to have reported at a poll.)
 *
 * @param ofTable the reports that show how much their times differ
 */
export function aheadOf(
  { workingSince, earlier = null, operation }: Track,
  report: UsualReport,
  ofTable: UsualReport,
  takenAt: number,
): Ahead[] {
  if (workingSince === null || report.seconds <= 0) return [];
  const share = (takenAt - workingSince + (earlier?.seconds ?? 0)) / report.seconds;
  if (share < 0 || share > overdueReports) return [];
  const { recordsProcessed, batchSize } = operation;
  // An operation that runs on after its batch may have begun another one.
  const expected = expectedOfRow({ ...operation, recordsProcessed: (recordsProcessed ?? 0) + 1 });
  const left = expected === null ? report.records : Math.max(0, expected - (recordsProcessed ?? 0));
  const records = Math.min(report.records * Math.min(1, share), left);
  const spans = partsOf({ from: workingSince, to: takenAt, records, earlier });
  return spans.map((span, index) => {
    const isLast = index === spans.length - 1;
    return {
      ...span,
      isReported: false,
      isDue: isLast && share <= dueReports,
      reportSeconds: isLast ? report.seconds : null,
      batchSeconds: isLast ? report.seconds * Math.max(1, (batchSize ?? 0) / Math.max(1, report.records)) : null,
      usual: isLast
        ? {
            recordsPerSecond: report.records / report.seconds,
            // It runs for any part of its time.
            offBy: report.records * Math.sqrt(varianceOf(ofTable) / 3),
          }
        : null,
    };
  });
}

/** Whether the next report of an operation may never arrive. */
export function isOverdue({ workingSince }: Track, { seconds }: UsualReport, takenAt: number): boolean {
  return workingSince !== null && takenAt - workingSince > overdueReports * seconds;
}

/** A report is late after this many times its usual duration. */
const dueReports = 1.6;
/** After this many times its usual duration, a report may never arrive. */
const overdueReports = 2;
