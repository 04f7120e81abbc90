import { alongTheKey, type Read } from '../../database/bounds.ts';
import type { Connection } from '../../database/connection.ts';
import { messageOf } from '../../database/database-error.ts';
import { fieldsOf } from '../../database/fields.ts';
import { type QueryName, sqlFor } from '../../database/sql.ts';
import { storedNames } from '../../database/stored-names.ts';
import { ofKind, readTagged, type Tagged } from '../../database/tagged-rows.ts';
import type { Target } from '../../database/target.ts';
import { judgeCoverage } from '../../domain/doctor/covered.ts';
import type { Diagnosis, DoctorCheck, Finding, Unchecked } from '../../domain/doctor/finding.ts';
import { printableName } from '../../domain/doctor/mending.ts';
import type { Validated } from '../../domain/doctor/observed.ts';
import { createRowFindings } from '../../domain/doctor/rows.ts';
import { judgeSequence } from '../../domain/doctor/sequence.ts';
import { judgeDeleted, judgeMissing, judgeTransactions } from '../../domain/doctor/server.ts';
import { judgeStructure } from '../../domain/doctor/structure.ts';
import { judgeFutureZone, judgeZones } from '../../domain/doctor/zones.ts';
import { quoteName } from '../../domain/quote-name.ts';
import { createCoverage } from '../../domain/source-ranges/coverage.ts';
import { createRangeReader } from '../../domain/source-ranges/query-range.ts';
import { visibleName } from '../../domain/visible-name.ts';
import { lowestId } from '../id-range.ts';
import { readRangeEnd } from '../range-counter.ts';
import { isTimeout } from '../whole-count.ts';
import {
  cells,
  cellText,
  decodeCovering,
  decodeFound,
  decodeHolding,
  decodeSequence,
  decodeStart,
  decodeStructure,
  decodeValue,
  name,
  number,
  sequenceName,
} from './decode.ts';

export interface ExamineLimits {
  /** Maximum seconds for the checks that read each row, together. */
  readonly seconds: number;
  /** Since how many seconds a transaction has to be open. */
  readonly transactionSeconds: number;
  /** How many rows are read at a time. */
  readonly rows?: number;
}

/** Maximum seconds of one statement. */
const statementSeconds = 3;
/** How many rows are read at a time at first, and the fewest. */
const firstRows = 20_000;
const fewestRows = 500;
/** How many of the newest operations are read to compare the time zones of writers. */
const newestStarts = 2000;
const mostFound = 100;

/**
 * Examines the control table with the queries of sql/queries/doctor/: those of the catalogs, and those of the rows, range of ids
 * by range of ids. A check that fails or does not end in time is named in `notChecked`.
 */
export async function examine(connection: Connection, target: Target, limits: ExamineLimits): Promise<Diagnosis> {
  const findings: Finding[] = [];
  const notChecked: Unchecked[] = [];
  const { table, identity, refused, audit } = target;
  const printed = printableName(table);

  const read = (name: QueryName, values: readonly unknown[]): Read => ({
    text: sqlFor(name, table, target),
    values,
    seconds: statementSeconds,
  });

  async function once(check: DoctorCheck, query: Read, judge: (rows: readonly Tagged[]) => readonly Finding[]) {
    try {
      const [rows = []] = await readTagged(connection, target, [query]);
      findings.push(...judge(rows));
    } catch (error) {
      notChecked.push({ check, reason: isTimeout(error) ? 'it took too long' : messageOf(error) });
    }
  }

  await once('sequence', read('doctor sequence', [identity.tableOid]), (rows) => {
    const [body] = ofKind(rows, 'sequence');
    const sequence = body === undefined ? null : decodeSequence(body);
    if (body !== undefined && sequence === null)
      notChecked.push({ check: 'sequence', reason: whyUnread(sequenceName(body), target.user) });
    return sequence === null ? [] : judgeSequence(printed, sequence);
  });
  await once('structure', read('doctor structure', [identity.tableOid]), (rows) =>
    ofKind(rows, 'structure').flatMap((body) => judgeStructure(printed, decodeStructure(body))),
  );
  await once('zones', { ...read('doctor starts', [newestStarts]), after: alongTheKey }, (rows) =>
    judgeZones(printed, ofKind(rows, 'start').flatMap(decodeStart)),
  );
  findings.push(...judgeFutureZone(target.zone));
  await once('deleted', read('doctor deleted', [identity.tableOid]), (rows) =>
    ofKind(rows, 'deleted').flatMap((body) => {
      const { deleted, since } = fieldsOf(body);
      return judgeDeleted(printed, number(deleted) ?? 0, since === null ? null : cellText(since));
    }),
  );
  if (audit !== null) {
    await once('deleted', read('doctor missing', [identity.tableOid, mostFound]), (rows) =>
      judgeMissing(
        printableName(audit),
        ofKind(rows, 'missing')
          .map(cells)
          .map(([id, action]) => ({ id: number(id) ?? 0, action: cellText(action) })),
      ),
    );
  }
  if (refused.includes('sessions')) {
    notChecked.push({ check: 'transactions', reason: 'this role may not see the sessions' });
  } else {
    await once('transactions', read('doctor transactions', [limits.transactionSeconds, mostFound]), (rows) => {
      const hidden = number(ofKind(rows, 'hidden')[0]) ?? 0;
      if (hidden > 0) {
        const reason = `${hidden} sessions of other roles are hidden from this role; GRANT pg_read_all_stats shows them`;
        notChecked.push({ check: 'transactions', reason });
      }
      return judgeTransactions(decodeHolding(rows));
    });
  }
  const rows = await examineRows(connection, target, read, limits);
  return { findings: [...findings, ...rows.findings], notChecked: [...notChecked, ...rows.notChecked] };
}

const rowChecks: readonly DoctorCheck[] = ['values', 'counters', 'timestamps', 'ends', 'coverage'];

async function examineRows(
  connection: Connection,
  target: Target,
  read: (name: QueryName, values: readonly unknown[]) => Read,
  limits: ExamineLimits,
): Promise<Diagnosis> {
  const found = createRowFindings(printableName(target.table));
  const reader = createRangeReader((await import('pgsql-ast-parser')).default);
  const coverage = createCoverage(reader);
  const startedMs = performance.now();
  let rows = limits.rows ?? firstRows;
  let above = lowestId;
  let reason: string | null = null;
  while (reason === null) {
    if (performance.now() - startedMs > limits.seconds * 1000) {
      reason = `the time limit of ${limits.seconds} s`;
      break;
    }
    try {
      const end = await readRangeEnd(connection, target, { above, rows });
      if (end === null) break;
      const range = [String(above), String(end.last)];
      const [values = [], counters = [], timestamps = [], ends = [], ranges = []] = await readTagged(
        connection,
        target,
        [
          { ...read('doctor values', [...range, mostFound]), after: alongTheKey },
          read('doctor counters', [...range, mostFound]),
          read('doctor timestamps', [...range, mostFound]),
          read('doctor ends', [...range, mostFound]),
          read('doctor ranges', range),
        ],
      );
      const each = [...counters, ...timestamps, ...ends];
      found.add(
        each.flatMap(({ kind, body }) => decodeFound(kind, body)),
        ofKind(values, 'values').flatMap(decodeValue),
      );
      for (const body of ofKind(ranges, 'range')) for (const one of decodeCovering(body)) coverage.add(one);
      above = end.last;
    } catch (error) {
      if (!isTimeout(error)) reason = messageOf(error);
      else if (rows <= fewestRows) reason = 'it took too long';
      else rows = Math.max(fewestRows, Math.floor(rows / 8));
    }
  }
  const covered = judgeCoverage(
    printableName(target.table),
    coverage.coverage(),
    reader,
    reason === null && target.scope === undefined,
  );
  const from = above === lowestId ? 'all operations' : `the operations above id ${above}`;
  const left = reason === null ? [] : rowChecks.map((check): Unchecked => ({ check, reason: `${from}: ${reason}` }));
  return {
    findings: [...found.findings(), ...covered.findings],
    notChecked: [...covered.notChecked, ...left],
  };
}

function whyUnread(sequence: string, user: string): string {
  return `this role may not read the sequence. Ask its owner for: GRANT SELECT ON SEQUENCE ${visibleName(sequence)} TO ${quoteName(user)}`;
}

/** The completed validations of some tables. @throws {DatabaseError} */
export async function readValidated(
  connection: Connection,
  target: Target,
  tables: readonly string[],
): Promise<readonly Validated[]> {
  if (tables.length === 0) return [];
  const stored = storedNames(tables);
  const values = [stored.tables, stored.latinTables, mostFound];
  const statement = { text: sqlFor('doctor validations', target.table, target), values };
  const [rows = []] = await readTagged(connection, target, [{ ...statement, seconds: statementSeconds }]);
  return ofKind(rows, 'validation').flatMap((body) => {
    const [id, tableName, operation] = cells(body);
    const known = number(id);
    return known === null ? [] : [{ id: known, tableName: name(tableName), operation: cellText(operation) }];
  });
}
