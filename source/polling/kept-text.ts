import { createHash } from 'node:crypto';
import { statuses } from '../domain/operation.ts';
import { emptyTally, type Tally, tallyWidth } from '../domain/tally.ts';
import type { EvidenceRow } from '../domain/works.ts';
import type { KeptLedger } from './kept-ledger.ts';
import type { KeptRange } from './kept-ranges.ts';
import { readKept } from './read-kept.ts';

/**
 * The text of a kept ledger: a line with the format, the key and a digest of the rest; then one JSON array. Numbers that JSON does
 * not have are texts (`inf`), ids are texts, statuses are numbers.
 */
export function keptText(kept: KeptLedger, key: string): string {
  const body = JSON.stringify(bodyOf(kept));
  return `${JSON.stringify({ migtop: 'ledger', format, key, digest: digestOf(body) })}\n${body}`;
}

/** Another number whenever the meaning of the text changes. The key has the queries, which change with the figures they return. */
const format = 1;

/** Maximum length of the first line in characters. */
const longestHeader = 1000;

/** The ledger of a text; null if the text is damaged, of another format, or has another key. Every value is checked. */
export function keptLedger(text: string, key: string): KeptLedger | null {
  const end = text.indexOf('\n');
  if (end < 0 || end > longestHeader) return null;
  const body = text.slice(end + 1);
  try {
    const header: unknown = JSON.parse(text.slice(0, end));
    if (typeof header !== 'object' || header === null) return null;
    const fields = header as Readonly<Record<string, unknown>>;
    if (fields.migtop !== 'ledger' || fields.format !== format || fields.key !== key) return null;
    return fields.digest === digestOf(body) ? readKept(JSON.parse(body)) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function bodyOf({ last, horizon, drift, ranges, rows, history }: KeptLedger): unknown {
  return [
    [
      ...[last.takenAt, last.xmin, last.xmax, last.server, last.storage, last.updated, last.deleted],
      id(last.highestId),
      number(last.newestStart),
      statuses.map((status) => last.counts[status] ?? null),
    ],
    [
      ...[horizon.top, horizon.bottom, horizon.firstTop].map(id),
      number(horizon.newestStart),
      horizon.first === null ? null : [horizon.first.xmax, number(horizon.first.newestStart)],
      horizon.assigned.map(({ takenAt, xmax }) => [takenAt, xmax]),
    ],
    [number(drift.hintAt), drift.changesSinceHint],
    [
      ranges.groups.map(({ phase, tableName, isMarked, isShared, isCut }) => [
        phase,
        tableName,
        isMarked,
        isShared,
        isCut,
      ]),
      [ranges.keys.mask, ranges.keys.others],
      ranges.ranges.map(rangeBody),
    ],
    rows.map((row) => [
      row.id,
      row.phase,
      row.tableName,
      statuses.indexOf(row.status),
      row.recordsProcessed,
      row.totalRecords,
      number(row.startedAt),
      number(row.completedAt),
      row.batchSize,
      row.version,
      row.identity,
      row.queryDigest ?? null,
    ]),
    [history.until, history.spans.map(({ tableName, from, to, records }) => [tableName, from, to, records])],
  ];
}

function rangeBody({ first, last, countedAt, isStale, isGuessed, isAdded, unreadable, groups }: KeptRange): unknown {
  return [
    id(first),
    id(last),
    countedAt,
    [isStale, isGuessed, isAdded],
    unreadable.map(({ operations, problem, status }) => [operations, problem, status]),
    groups.map(({ group, tally, sample, attempts, keys, batches }) => [
      group,
      sparse(tally),
      sample.map(evidence),
      attempts.map(evidence),
      [...keys].flat(),
      [...batches].map(([batchSize, sums]) => [batchSize, ...[...sums].map(number)]),
    ]),
  ];
}

/** The numbers of a tally that are not those of an empty one, each after its place. */
function sparse(tally: Tally): (number | string | null)[] {
  const empty = emptyTally();
  const found: (number | string | null)[] = [];
  for (let place = 0; place < tallyWidth; place++) {
    const value = tally[place] ?? 0;
    if (value !== empty[place]) found.push(place, number(value));
  }
  return found;
}

function evidence(row: EvidenceRow): unknown {
  const { mark } = row;
  return [
    row.id,
    statuses.indexOf(row.status),
    row.recordsProcessed,
    row.totalRecords,
    row.batchSize,
    number(row.startedAt),
    number(row.completedAt),
    row.work,
    mark === null ? null : [mark.before, mark.isPlaced, mark.isOfOperation, mark.repeats],
  ];
}

/** JSON has no infinity. */
function number(value: number | null): number | string | null {
  if (value === null || Number.isFinite(value)) return value;
  return value > 0 ? 'inf' : '-inf';
}

function id(value: bigint | null): string | null {
  return value === null ? null : String(value);
}
