import type { Target } from '../database/target.ts';
import { noGaps } from '../domain/audit.ts';
import { type Deadline, deadlineOf, type LeftOut, leftOutOf, type Until } from '../domain/deadline.ts';
import { rateAndEtaAfter } from '../domain/defied.ts';
import type { EarlierCounts } from '../domain/earlier.ts';
import { type WhyNoEta, whyWithoutEta } from '../domain/no-eta.ts';
import { type Observation, observe } from '../domain/observation.ts';
import { elapsedSeconds, type Phase, type Status } from '../domain/operation.ts';
import { countedStallsOf } from '../domain/paused-stalls.ts';
import { type BatchThroughput, isCounting } from '../domain/snapshot.ts';
import { suspectedIn } from '../domain/stalled-operations.ts';
import type { Stall } from '../domain/stalls.ts';
import type { FoundBy } from '../domain/standing-still.ts';
import type { RateAndEta } from '../domain/throughput-eta.ts';
import type { TableReport } from '../polling/control-table.ts';
import { localTimestamp } from './figures.ts';
import { gapsNotes } from './gaps-notes.ts';
import { liveOperations } from './live-operations.ts';
import { proposedSince } from './proposed-since.ts';
import { type OperationRow, operationRow } from './rows.ts';
import { type StatusAction, statusActions } from './status-actions.ts';
import {
  type DeadlineDocument,
  deadlineDocument,
  type EndsAt,
  type EtaSeconds,
  endsAt,
  etaSeconds,
} from './status-ends.ts';
import { type StatusFailure, type StatusFailureKind, statusFailureKinds, statusFailures } from './status-failures.ts';
import { atSample, withSample } from './status-sample.ts';
import { countingNotes, type Summary, summary, unknownSummary } from './status-summary.ts';
import { rounded, type StatusTable, statusTables } from './status-table.ts';
import { type TargetDocument, targetDocument } from './target-document.ts';
import { type WaitsFor, waitsForDocument } from './waits-document.ts';

/**
 * The document of `migtop status --json`. Timestamps are ISO 8601 without an offset, as the table has them: its columns
 * carry no zone. A field that cannot be given is null. New fields may come; what is here keeps its meaning until
 * `schemaVersion` changes.
 */
export interface StatusDocument {
  readonly schemaVersion: 1;
  /** When the snapshot was taken, by the database's clock. */
  readonly takenAt: string;
  readonly target: TargetDocument;
  /** Whether row-level security may hide rows from this user: all figures include only the visible rows. */
  readonly visibleRowsOnly: boolean;
  /** The restriction of `--since`: ids from this one on, and operations that started at or after this time. */
  readonly since: { text: string; firstId: string; startedAt: string | null } | null;
  /** How many operations before it are running, paused and failed: no other figure includes them. Null without it. */
  readonly earlier: EarlierCounts | null;
  /** The start of the newest of several runs, as a value for `--since`; null if there is one run. */
  readonly proposedSince: string | null;
  /**
   * How much of the table the totals include, and how old they are: when its oldest id range was counted (null: not all of it was),
   * and whether a range is known to be wrong. All changes by workers since are in them (docs/polling.md).
   */
  readonly coverage: { share: number; countedAt: string | null; isStale: boolean };
  /** Notes about the table: others of its name, and code that runs with the privileges of this user. */
  readonly notes: readonly string[];
  readonly summary: Summary & {
    /** Operations that are stalled, or suspected to be (`workers[].stall`): running ones, and those that had stalled before they were paused. */
    stalled: number;
    /** How many of these are only suspected to be. */
    suspected: number;
    /** Measured by the polls of `--sample`, in the current phase; null without a sample. */
    recordsPerSecond: number | null;
    etaSeconds: EtaSeconds | null;
    /** The ETA as timestamps: when the current phase will be done. */
    endsAt: EndsAt | null;
    /** The table that alone makes the end so late, if the others end clearly earlier; else null. */
    lastTable: string | null;
    /** Why there is no ETA; null with one, if nothing is open, and while the table is counted. */
    whyNoEta: WhyNoEta | null;
    /** The open work that the ETA does not include: operations without a worker, and other open phases. */
    notIncluded: LeftOut;
  };
  /** The deadline of `--until`, and how the ETA compares with it; null without one. */
  readonly deadline: DeadlineDocument | null;
  readonly phases: readonly (Record<Status, number> & {
    phase: Phase;
    operations: number;
    startedAt: string | null;
    completedAt: string | null;
  })[];
  readonly tables: readonly StatusTable[];
  readonly workers: readonly {
    id: number;
    phase: Phase;
    tableName: string;
    operation: string;
    status: Status;
    workerId: number | null;
    recordsProcessed: number | null;
    totalRecords: number | null;
    batchSize: number | null;
    startedAt: string | null;
    elapsedSeconds: number | null;
    /** As the polls of `--sample` saw it. */
    recordsPerSecond: number | null;
    etaSeconds: EtaSeconds | null;
    stalled: boolean;
    /** Whether its worker goes on although it is paused. */
    notStopped: boolean;
    /** Why it counts as stalled, the seconds without progress, and the usual seconds of a batch. */
    stall: Stall | null;
    /** The processes that its worker waits for. */
    blockedBy: readonly number[];
    /** The sessions that its worker waits for: those first that wait for no other. */
    waitsFor: readonly WaitsFor[];
    /** The session of its worker, and how it was found; null if it is not known. */
    session: { pid: number; foundBy: FoundBy } | null;
  }[];
  /** Newest first. */
  readonly failures: readonly StatusFailure[];
  /** All failures by kind, also those that `failures` leaves out. */
  readonly failureKinds: readonly StatusFailureKind[];
  readonly throughput: readonly BatchThroughput[];
  /** The last actions of operators, newest first, and whether they still hold. */
  readonly activity: readonly StatusAction[];
}

/**
 * Makes the document of one report.
 *
 * @param sampled the observation of the polls before the report, for the rates; null for none
 */
export function statusDocument(
  target: Target,
  report: TableReport,
  sampled: Observation | null = null,
  until: Until | null = null,
): StatusDocument {
  const observation = withSample(observe(null, report.snapshot), sampled);
  const atLastPoll = atSample(observation, sampled);
  const { takenAt } = atLastPoll.snapshot;
  return documentOf(target, {
    ...report,
    observation,
    atLastPoll,
    proposedSince: proposedSince(observation, report.runStarts, target.zone),
    deadline: until === null ? null : deadlineOf(until, takenAt, target.zone),
  });
}

/** The data of a document. */
export interface StatusSource extends Pick<TableReport, 'throughput' | 'activity' | 'auditGaps'> {
  readonly observation: Observation;
  /** The observation at the time of the last poll before it, for rates and ETA. */
  readonly atLastPoll: Observation;
  readonly proposedSince: string | null;
  readonly deadline: Deadline | null;
}

/** The document of `status --json` (docs/json.md). Totals that are not known yet are null, and `coverage` says why. */
export function documentOf(target: Target, source: StatusSource): StatusDocument {
  const { observation, atLastPoll } = source;
  const stalls = countedStallsOf(observation);
  const timestamp = (at: number | null): string | null => localTimestamp(at, target.zone);
  const { snapshot } = observation;
  const isKnown = !isCounting(snapshot);
  const current = rateAndEtaAfter(atLastPoll, source.activity);
  const whole = atLastPoll.migration.currentPhase === 'execution' ? current.eta : null;
  const { phases, tables } = isKnown ? observation : { phases: [], tables: [] };
  return {
    schemaVersion: 1,
    takenAt: timestamp(snapshot.takenAt) ?? '',
    target: targetDocument(target),
    visibleRowsOnly: target.rowSecurity,
    coverage: {
      share: snapshot.coverage.share,
      countedAt: timestamp(snapshot.coverage.countedAt),
      isStale: snapshot.coverage.isStale,
    },
    notes: [
      ...target.notes,
      ...countingNotes(target, snapshot),
      ...gapsNotes(source.auditGaps ?? noGaps).map((note) => `${note}.`),
    ],
    since: target.scope === undefined ? null : { ...target.scope, startedAt: localTimestamp(target.scope.startedAt) },
    earlier: target.scope === undefined ? null : (snapshot.earlier ?? null),
    proposedSince: source.proposedSince?.replace(' ', 'T') ?? null,
    summary: {
      ...(isKnown ? summary(observation) : unknownSummary(observation)),
      stalled: stalls.size,
      suspected: suspectedIn(stalls),
      ...figures(current),
      endsAt: endsAt(current.eta, atLastPoll.snapshot.takenAt, target.zone),
      lastTable: current.eta?.lastTable ?? null,
      whyNoEta: whyWithoutEta(atLastPoll, current),
      notIncluded: leftOutOf(observation),
    },
    deadline: source.deadline === null ? null : deadlineDocument(source.deadline, atLastPoll, current, target.zone),
    phases: phases.map(({ phase, operations, statuses, startedAt, completedAt, ...records }) => ({
      phase,
      operations,
      ...statuses,
      // All of them, by the way in which each table counts.
      recordsProcessed: records.recordsProcessed + records.recordsBeyond,
      startedAt: timestamp(startedAt),
      completedAt: timestamp(completedAt),
    })),
    tables: statusTables(atLastPoll, tables, whole, target.zone),
    workers: liveOperations(observation).map((operation) => ({
      id: operation.id,
      phase: operation.phase,
      tableName: operation.tableName,
      operation: operation.operation,
      status: operation.status,
      workerId: operation.workerId,
      recordsProcessed: operation.recordsProcessed,
      totalRecords: operation.totalRecords,
      batchSize: operation.batchSize,
      startedAt: timestamp(operation.startedAt),
      ...workerFigures(observation, operationRow(atLastPoll, operation, [], [], current.eta)),
    })),
    failures: statusFailures(observation),
    failureKinds: statusFailureKinds(observation, source.activity),
    throughput: source.throughput.map((one) => ({
      ...one,
      recordsPerSecond: rounded(one.recordsPerSecond),
      averageBatchSeconds: rounded(one.averageBatchSeconds),
    })),
    activity: statusActions({ activity: source.activity, snapshot }, target),
  };
}

function figures({ recordsPerSecond, eta }: RateAndEta): {
  recordsPerSecond: number | null;
  etaSeconds: EtaSeconds | null;
} {
  return { recordsPerSecond: rounded(recordsPerSecond), etaSeconds: etaSeconds(eta) };
}

function workerFigures(observation: Observation, row: OperationRow) {
  const stall = countedStallsOf(observation).of(row.operation) ?? null;
  return {
    elapsedSeconds:
      row.elapsedSeconds === null
        ? null
        : rounded(elapsedSeconds(row.operation, observation.snapshot.takenAt, observation.snapshot.zone)),
    ...figures(row),
    stalled: stall !== null,
    stall: stall === null ? null : { ...stall, seconds: Math.round(stall.seconds) },
    notStopped: row.flag === 'NOT STOPPED',
    blockedBy: row.blockedBy,
    waitsFor: waitsForDocument(row.standing),
    session:
      row.standing.session === null || row.standing.foundBy === null
        ? null
        : { pid: row.standing.session.pid, foundBy: row.standing.foundBy },
  };
}
