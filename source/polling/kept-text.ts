import { createHash } from 'node:crypto';
import { statuses } from '../domain/operation.ts';
import { emptyTally, type Tally } from '../domain/tally.ts';
import { tallyWidth } from '../domain/tally-places.ts';
import type { EvidenceRow } from '../domain/works.ts';
import type { KeptLedger } from './kept-ledger.ts';
import { previewOf } from './kept-preview.ts';
import type { KeptRange } from './kept-ranges.ts';
import { usualLimits } from './ledger-limits.ts';
import { readKept } from './read-kept.ts';

/**
 * The text of a kept ledger: a line with the format, the key and digests of the rest; a line with its preview (kept-preview.ts); then
 * the ledger. Both are JSON arrays. Numbers that JSON does not have are texts (`inf`), ids are texts, statuses are numbers.
 */
export function keptText(kept: KeptLedger, key: string, sample = usualLimits.sample): string {
  const ranges = previewOf(kept.ranges, sample);
  const bodies = [ranges === null ? null : { ...kept, ranges }, kept].map((one) =>
    JSON.stringify(one === null ? null : bodyOf(one)),
  );
  const header = JSON.stringify({ migtop: 'ledger', format, key, digests: bodies.map(digestOf) });
  return [header, ...bodies].join('\n');
}

/** Another number whenever the meaning of the text changes. The key has the queries, which change with the figures they return. */
const format = 10;

/** Maximum length of the first line in characters. */
const longestHeader = 1000;

/** A ledger that was kept, as far as it was read. Every value is checked. */
export interface KeptText {
  /** The ledger with a single id range, which has the same totals; null if the ledger itself has to be read. */
  readonly preview: KeptLedger | null;
  /** Reads the ledger itself, which takes a tenth of a second for megabytes; null if the text is damaged. */
  whole(): KeptLedger | null;
}

/** The ledger of a text; null if the text is damaged where it was read, is of another format, or has another key. */
export function readKeptText(text: string, key: string): KeptText | null {
  const end = text.indexOf('\n');
  if (end < 0 || end > longestHeader) return null;
  const second = text.indexOf('\n', end + 1);
  if (second < 0) return null;
  const header = parsed(text.slice(0, end));
  if (typeof header !== 'object' || header === null) return null;
  const fields = header as Readonly<Record<string, unknown>>;
  if (fields.migtop !== 'ledger' || fields.format !== format || fields.key !== key) return null;
  const [first, last] = Array.isArray(fields.digests) ? (fields.digests as readonly unknown[]) : [];
  const previewText = text.slice(end + 1, second);
  if (digestOf(previewText) !== first) return null;
  const preview = parsed(previewText);
  const read = preview === null ? null : readKept(preview);
  if (preview !== null && read === null) return null;
  return {
    preview: read,
    whole() {
      const body = text.slice(second + 1);
      return digestOf(body) === last ? readKept(parsed(body)) : null;
    },
  };
}

/** Undefined if the text is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function bodyOf({ last, horizon, drift, ranges, rows, history }: KeptLedger): unknown {
  return [
    [
      ...[last.takenAt, last.xmin, last.xmax, last.server, last.storage],
      ...[last.inserted, last.updated, last.deleted, last.resets],
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

function rangeBody({ first, last, countedAt, unreadable, groups, ...range }: KeptRange): unknown {
  return [
    id(first),
    id(last),
    countedAt,
    [range.isStale, range.isGuessed, range.isAdded, range.isBrief],
    unreadable.map(({ operations, problem, status, table = null }) => [
      operations,
      problem,
      status,
      table && [table.phase, table.tableName],
    ]),
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
    row.place ?? null,
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
