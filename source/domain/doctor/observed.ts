import type { AuditEntry } from '../audit.ts';
import type { Observation } from '../observation.ts';
import { openRetriesByKind } from '../open-retry.ts';
import { isLive, progressedSince } from '../operation.ts';
import { adviceOn } from '../parent-tables.ts';
import { openIn } from '../progress.ts';
import { isCounting } from '../snapshot.ts';
import type { JudgedFailure } from '../triage.ts';
import { workerNumber } from '../worker-name.ts';
import { type Diagnosis, type Finding, many, mostRows, ofTables, type Unchecked } from './finding.ts';
import { asOperator, has, type RowUpdate, requeue, update } from './mending.ts';
import { retryCommand, retrySql } from './retry-command.ts';
import { stalled } from './stalled.ts';
import { workerOf } from './words.ts';

/** A completed validation. */
export interface Validated {
  readonly id: number;
  readonly tableName: string;
  readonly operation: string;
}

/**
 * The findings of polls: what runs, what is paused, how the table counts, and what has failed.
 *
 * @param table the full name of the control table, quoted
 * @param earlier an observation some seconds before; null without one
 * @param validated the completed validations of the tables of `openAfterValidation`
 * @param activity the actions of operators, newest first
 */
export function judgeObservation(
  table: string,
  observation: Observation,
  earlier: Observation | null,
  validated: readonly Validated[],
  activity: readonly AuditEntry[] = [],
): Diagnosis {
  const notChecked: Unchecked[] = [];
  if (isCounting(observation.snapshot)) {
    const share = Math.floor(observation.snapshot.coverage.share * 100);
    const reason = `only ${share}% of the table was counted in the time limit`;
    notChecked.push({ check: 'counting', reason }, { check: 'validation', reason });
  }
  if (!observation.triage.isWhole)
    for (const check of ['failures', 'validation'] as const)
      notChecked.push({ check, reason: 'not all failures were read in the time limit' });
  if (earlier === null) notChecked.push({ check: 'paused', reason: 'the table was polled only once' });
  if (observation.snapshot.hasSessions === false)
    notChecked.push({ check: 'workers', reason: 'this role may not see the sessions' });
  return {
    findings: [
      ...(isCounting(observation.snapshot) ? [] : countings(observation)),
      ...stalled(table, observation, activity),
      ...workersTwice(table, observation),
      ...(earlier === null ? [] : pausedWithProgress(table, observation, earlier)),
      ...unresolved(table, observation),
      ...validatedTooEarly(table, observation, validated),
    ],
    notChecked,
  };
}

/** The tables that are validated although their execution is open, has unresolved failures or went on later. */
export function openAfterValidation({ tables, validations }: Observation): readonly string[] {
  return tables.filter(({ tableName }) => validations.get(tableName) === 'early').map(({ tableName }) => tableName);
}

function countings({ totals, tables }: Observation): readonly Finding[] {
  const unclear = [...totals].flatMap(([phase, of]) =>
    of.tables.filter(({ counting }) => counting === 'unclear').map(({ tableName }) => ({ phase, tableName })),
  );
  return unclear.map(({ phase, tableName }): Finding => {
    const reasons = phase === 'execution' ? (tables.find((one) => one.tableName === tableName)?.reasons ?? []) : [];
    return {
      check: 'counting',
      severity: 'warning',
      title: `how the rows of ${tableName} (${phase}) count is unclear: its figures may be too low`,
      ...ofTables([tableName]),
      rows: reasons.slice(0, mostRows).map((text) => ({ id: null, text })),
      rowCount: reasons.length,
      sql: null,
      advice: `no SQL mends it: say how they count: --counting ${tableName}=own, =batch or =cumulative`,
    };
  });
}

function workersTwice(table: string, { snapshot }: Observation): readonly Finding[] {
  const live = snapshot.operations.filter(({ status, workerId }) => isLive(status) && workerId !== null);
  const rows = [...Map.groupBy(live, ({ workerId }) => workerId)].filter(([, own]) => own.length > 1);
  const twice = rows.map(([workerId, own]): Finding => {
    const others = own.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || a.id - b.id).slice(0, -1);
    return {
      check: 'workers',
      severity: 'warning',
      title: `worker ${workerId} has ${own.length} live operations`,
      ...ofTables(own.map(({ tableName }) => tableName)),
      rows: own
        .toSorted((a, b) => a.id - b.id)
        .slice(0, mostRows)
        .map((one) => ({ id: one.id, text: `${one.tableName}, ${one.status}` })),
      rowCount: own.length,
      sql: asOperator(
        update(
          requeue(
            table,
            others.slice(0, mostRows).map(({ id }) => id),
            ['running', 'paused'],
            [`worker_id = ${workerId}`],
          ),
        ),
      ),
      advice:
        'either two workers have the same number, or it left the earlier operations; the SQL puts all but the newest back into the queue',
    };
  });
  return [...twice, ...sessionsTwice(snapshot)];
}

/** Two sessions of one worker on different operations, or from different machines. */
function sessionsTwice({ sessions, backends, operations }: Observation['snapshot']): readonly Finding[] {
  const known = new Map((backends?.all ?? []).map((one) => [one.pid, one]));
  const named = sessions.map(({ run, workerId, operationId, pid }) => ({
    workerId,
    operationId,
    worker: `${workerId}${run === '-' || run === '' ? '' : ` of run ${run}`}`,
    pid,
    place: `operation ${operationId}`,
    client: known.get(pid)?.client ?? '',
  }));
  const numbered = (backends?.all ?? []).flatMap(({ pid, application, client }) => {
    const number = sessions.some((one) => one.pid === pid) ? null : workerNumber(application ?? '');
    return number === null
      ? []
      : [
          {
            workerId: number,
            operationId: null,
            worker: String(number),
            pid,
            place: application ?? '',
            client: client ?? '',
          },
        ];
  });
  type Session = (typeof named | typeof numbered)[number];
  const tablesOf = (own: readonly Session[]): readonly string[] =>
    operations
      .filter((one) =>
        own.some(({ workerId, operationId }) =>
          operationId === null ? isLive(one.status) && one.workerId === workerId : one.id === operationId,
        ),
      )
      .map(({ tableName }) => tableName);
  const groups = [
    ...Map.groupBy<string, Session>(named, ({ worker }) => worker),
    ...Map.groupBy<string, Session>(numbered, ({ worker }) => worker),
  ];
  return groups
    .filter(([, own]) => new Set(own.map(({ place, client }) => `${place} ${client}`)).size > 1)
    .map(
      ([worker, own]): Finding => ({
        check: 'workers',
        severity: 'warning',
        title: `worker ${worker} has ${own.length} sessions at different places`,
        ...ofTables(tablesOf(own)),
        rows: own.slice(0, mostRows).map(({ pid, place, client }) => ({
          id: null,
          text: `process ${pid}: ${place}${client === '' ? '' : `, from ${client}`}`,
        })),
        rowCount: own.length,
        sql: [
          'SELECT pg_terminate_backend(pid)',
          `FROM (SELECT pid FROM pg_stat_activity WHERE pid IN (${own.map(({ pid }) => pid).join(', ')})`,
          '  ORDER BY backend_start DESC OFFSET 1) AS older;',
        ].join('\n'),
        advice: 'give each worker a separate number; the SQL ends all but the newest of these sessions',
      }),
    );
}

function pausedWithProgress(table: string, { snapshot }: Observation, earlier: Observation): readonly Finding[] {
  const before = new Map(
    earlier.snapshot.operations
      .filter(({ status }) => status === 'paused')
      .map((operation) => [`${operation.id} ${operation.identity}`, operation]),
  );
  const files = { known: earlier.snapshot.files, now: snapshot.files };
  const progressing = snapshot.operations.filter((operation) => {
    const known = before.get(`${operation.id} ${operation.identity}`);
    return operation.status === 'paused' && known !== undefined && progressedSince(known, operation, files);
  });
  if (progressing.length === 0) return [];
  return [
    {
      check: 'paused',
      severity: 'error',
      title: `${many(progressing.length, 'paused operation')} ${progressing.length === 1 ? 'makes' : 'make'} progress: the worker ignores the pause`,
      ...ofTables(progressing.map(({ tableName }) => tableName)),
      rows: progressing.slice(0, mostRows).map((one) => ({ id: one.id, text: `${one.tableName}, ${workerOf(one)}` })),
      rowCount: progressing.length,
      sql: asOperator(
        update({
          table,
          set: "status = 'running'",
          ids: progressing.slice(0, mostRows).map(({ id }) => id),
          conditions: [has('status', 'paused')],
        }),
      ),
      advice: 'the SQL sets the status to what the worker does; to stop the work, stop the worker',
    },
  ];
}

function unresolved(table: string, observation: Observation): readonly Finding[] {
  const { triage } = observation;
  return triage.kinds
    .filter((kind) => kind.unresolved > 0)
    .map((kind): Finding => {
      const members = triage.membersOf(kind.kind).filter((id) => triage.of(id)?.resolution.kind === 'unresolved');
      const isRetried = (id: number): boolean => triage.of(id)?.openAttempt !== undefined;
      const left = members.filter((id) => !isRetried(id));
      const { unresolved: number, retried = 0 } = kind;
      const paused = openRetriesByKind(observation).get(kind.kind)?.paused ?? 0;
      const found = {
        check: 'failures',
        ...ofTables(kind.tables.filter((one) => one.unresolved > 0).map(({ tableName }) => tableName)),
        // Those that nobody retries come first: they need somebody.
        rows: [...left, ...members.filter(isRetried)]
          .slice(0, mostRows)
          .map((id) => ({ id, text: textOf(triage.of(id)) })),
        rowCount: number,
        title: `${many(number, 'unresolved failure')}${retriedText(retried, number, paused)}: ${kind.kind}`,
      } as const;
      if (retried === number)
        return {
          ...found,
          severity: 'warning',
          sql: null,
          advice: `no SQL mends it: ${paused > 0 ? 'resume the paused retries, and ' : ''}wait until the retries have ended; the failures of those that complete are resolved`,
        };
      return {
        ...found,
        severity: 'error',
        sql: retrySql(table, left.slice(0, mostRows)),
        commands: [retryCommand(kind.kind)],
        advice: `${adviceOn(kind, observation) ?? 'remove the cause first'}. The command retries them: it checks each operation, adds a pending one, and records the action. The SQL does none of this, and leaves out the operations of migtop/worker`,
      };
    });
}

function textOf(failure: JudgedFailure | null): string {
  if (failure === null) return 'failed';
  const { tableName, openAttempt } = failure;
  return openAttempt === undefined ? tableName : `${tableName}, operation ${openAttempt} retries it`;
}

function retriedText(retried: number, number: number, paused: number): string {
  if (retried === 0) return '';
  const held =
    paused === 0 ? '' : ` (${retried === paused ? 'the' : paused} ${paused === 1 ? 'retry is' : 'retries are'} paused)`;
  if (retried < number) return `, ${retried} of them retrying${held}`;
  return `${number === 1 ? ', retrying' : ', all retrying'}${held}`;
}

function validatedTooEarly(
  table: string,
  observation: Observation,
  validated: readonly Validated[],
): readonly Finding[] {
  return openAfterValidation(observation).map((tableName): Finding => {
    const own = validated.filter((one) => one.tableName === tableName);
    const { statuses } = observation.tables.find((one) => one.tableName === tableName) ?? {};
    const open = statuses === undefined ? 0 : openIn(statuses);
    const failed = observation.triage.unresolvedIn('execution', tableName);
    const left = [
      ...(open === 0 ? [] : [many(open, 'open operation', 'open operations')]),
      ...(failed === 0 ? [] : [many(failed, 'unresolved failure', 'unresolved failures')]),
    ];
    const change: RowUpdate = {
      table,
      set: "status = 'pending', started_at = NULL, completed_at = NULL",
      ids: own.slice(0, mostRows).map(({ id }) => id),
      conditions: [has('status', 'completed')],
    };
    return {
      check: 'validation',
      severity: 'error',
      title: `the validation of ${tableName} has passed, but its execution ${left.length === 0 ? 'went on after it' : `has ${left.join(' and ')}`}`,
      ...ofTables([tableName]),
      rows: own.slice(0, mostRows).map(({ id, operation }) => ({ id, text: operation })),
      rowCount: own.length,
      ...(own.length === 0 ? { sql: null } : { sql: update(change), change }),
      advice: 'records that are copied later are not validated: validate again when the execution has ended',
    };
  });
}
