import type { BulkPlan } from './bulk-actions.ts';
import type { Observation } from './observation.ts';
import { isOpen, type Operation, operationKey } from './operation.ts';
import { expectedRecordsOf } from './shared-total.ts';

/** The possible effects of a skip of many operations. */
export interface SkipCosts {
  readonly operations: number;
  readonly tables: readonly string[];
  /**
   * How many records they will not process: `left`, and `ifOwn` if the totals of tables whose counting is unclear are their own
   * (null if that is the same). `unknown`: how many operations do not show it. Without those of validations.
   */
  readonly records: { readonly left: number; readonly ifOwn: number | null; readonly unknown: number };
  /** How many of them are validations: their results stay unproven. */
  readonly validations: number;
  /** Whether all others are of the execution: they migrate their records. */
  readonly areMigrated: boolean;
  /** How many of the tables, apart from those of the validations, have a completed validation. */
  readonly validatedTables: number;
  /** Whether none of these validations is valid before the skip either: they checked a part only, or completed too early. */
  readonly areInvalid: boolean;
  /** How many of them have another attempt that is open. Failures that a later attempt has resolved are not skipped. */
  readonly openAttempts: number;
  /** How many of them are open: they are among the open operations of the tables. */
  readonly ownOpen: number;
  /** The open operations and foreign keys of the tables; null while they are being read. */
  readonly read: TableCosts | null;
}

/** The open operations and foreign keys of the tables of skipped operations. */
export interface TableCosts {
  /** How many operations of the tables are open; 100001 means more than 100000. */
  readonly open: number;
  /** Tables with a foreign key to one of them; at most 6. */
  readonly references: readonly string[];
}

/** Computes the effects that polls show of those operations that the plan changes; `read` is null until the database was asked. */
export function skipCostsOf(
  observation: Observation | null,
  { changes }: BulkPlan,
  candidates: readonly Operation[],
): SkipCosts {
  const changed = new Set(changes.map(({ transition: { id, identity } }) => `${id} ${identity}`));
  const members = candidates.filter((member) => changed.has(operationKey(member)));
  const counting = new Map((observation?.tables ?? []).map((table) => [table.tableName, table.counting]));
  const records = { left: 0, ifOwn: 0, unknown: 0 };
  let openAttempts = 0;
  const tables = new Set<string>();
  const copied = new Set<string>();
  let validations = 0;
  for (const member of members) {
    const { id, phase, tableName, status, recordsProcessed, totalRecords } = member;
    tables.add(tableName);
    if (phase === 'validation') validations++;
    else copied.add(tableName);
    const done = Math.max(0, recordsProcessed ?? 0);
    const expected = expectedRecordsOf(observation, member);
    const isCopy = phase !== 'validation';
    if (isCopy && expected === null) records.unknown++;
    if (isCopy && expected !== null) {
      const isUnclear = counting.get(tableName) === 'unclear' && totalRecords !== null && totalRecords > 0;
      records.left += Math.max(0, expected - done);
      records.ifOwn += Math.max(0, (isUnclear ? totalRecords : expected) - done);
    }
    if (status === 'failed' && observation?.triage.of(id)?.openAttempt !== undefined) openAttempts++;
  }
  const validated = new Set(
    (observation?.snapshot.totals ?? [])
      .filter(({ phase, statuses }) => phase === 'validation' && statuses.completed > 0)
      .map(({ tableName }) => tableName),
  );
  const validatedTables = [...copied].filter((name) => validated.has(name));
  return {
    operations: members.length,
    tables: [...tables],
    records: { ...records, ifOwn: records.ifOwn === records.left ? null : records.ifOwn },
    validations,
    areMigrated: members.every(({ phase }) => phase === 'execution' || phase === 'validation'),
    validatedTables: validatedTables.length,
    areInvalid: validatedTables.every((name) => observation?.validations.get(name) !== 'valid'),
    openAttempts,
    ownOpen: members.filter(({ status }) => isOpen(status)).length,
    read: null,
  };
}
