import { randomUUID } from 'node:crypto';
import { auditChecks } from '../database/bounds.ts';
import { bulkKeys } from '../database/bulk-keys.ts';
import { type Connection, readSeconds } from '../database/connection.ts';
import { DatabaseError, messageOf } from '../database/database-error.ts';
import {
  attempt,
  type Decoded,
  decodeOperation,
  finite,
  identifier,
  integer,
  line,
  named,
  optional,
} from '../database/decode.ts';
import { query } from '../database/query.ts';
import { clockOf, kept, ofKind, readTagged, taggedRows } from '../database/tagged-rows.ts';
import type { Target } from '../database/target.ts';
import type { Acceptance, AcceptOutcome, SeenFailure } from '../domain/acceptance.ts';
import type { AuditLog, Operator } from '../domain/audit.ts';
import { operationKey } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { initCommand } from '../domain/option-names.ts';
import { changedColumns } from './decode-changes.ts';

/** Accepted failures: in the audit table, so that every session sees them, else in the local audit. */
export interface Acceptances {
  /** The last acceptance of each operation, by id. The map is the same object until one is added. */
  read(): Promise<ReadonlyMap<number, Acceptance>>;
  /** As last read, with those of this session. */
  known(): ReadonlyMap<number, Acceptance>;
  /**
   * Accepts failures, or takes that back, if they are still as the operator saw them.
   *
   * @throws {DatabaseError} if it cannot be written down
   */
  accept(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<AcceptOutcome>;
}

interface AcceptContext {
  readonly connection: Connection;
  readonly target: () => Target;
  readonly log: () => AuditLog;
  readonly operator: Operator;
}

/** How many ids below the last one are read again: audit rows may be committed out of order. */
const overlap = 1000;

/** How many acceptances are read at a time. */
const acceptedRead = 10_000;

const lowestId = -(2 ** 53);

/** For how many seconds after it was read the local audit is not read again only because this session accepted failures. */
const ownSeconds = 5;

/**
 * Reads the audit table if its version is 3 or later (sql/queries/accepted.sql, accept.sql), and the local audit in any case.
 * The map is empty before the first `read`. With an audit table, a local audit that cannot be read is ignored.
 */
export function createAcceptances({ connection, target, log, operator }: AcceptContext): Acceptances {
  /** By the local audit, and by the audit table: what was accepted before the table was installed is in the local one only. */
  let local: ReadonlyMap<number, Acceptance> = new Map();
  let inTable: ReadonlyMap<number, Acceptance> = new Map();
  let known: ReadonlyMap<number, Acceptance> = new Map();
  let seen = new Set<string>();
  let readTo = lowestId;
  let tableOid = '';
  let lastEntries: readonly unknown[] = [];
  /** Whether this session accepted failures since the local audit was read, at `readMs`: `known` has them. */
  let isOwn = false;
  let readMs = Number.NEGATIVE_INFINITY;

  function add(acceptances: readonly Acceptance[]): void {
    if (acceptances.length === 0) return;
    inTable = withAll(inTable, acceptances);
    known = new Map([...local, ...inTable]);
  }

  function addLocal(acceptances: readonly Acceptance[]): void {
    local = withAll(local, acceptances);
    known = new Map([...local, ...inTable]);
  }

  async function readLocal(): Promise<void> {
    // To read the file for each part of a large acceptance would take longer than to write them.
    if (isOwn && performance.now() - readMs < ownSeconds * 1000) return;
    const entries = await log().accepted();
    readMs = performance.now();
    // The file is the same, or the disk does not answer.
    if (entries === lastEntries) return;
    [lastEntries, isOwn, local] = [entries, false, new Map()];
    // The newest come first, and only the last of each operation counts.
    addLocal(entries.toReversed().map(acceptanceOf));
  }

  async function readTable(): Promise<void> {
    const { identity } = target();
    if (identity.tableOid !== tableOid) {
      [inTable, seen, readTo, tableOid] = [new Map(), new Set(), lowestId, identity.tableOid];
      known = local;
    }
    for (let above = Math.max(lowestId, readTo - overlap); ; ) {
      const statement = query('accepted', target(), { above, tableOid, limit: acceptedRead });
      const [rows = []] = await readTagged(connection, target(), [{ ...statement, seconds: readSeconds }]);
      const read = kept(rows.map(({ body }) => decodeAccepted(body)));
      add(read.filter(({ auditId }) => !seen.has(auditId)).map(({ acceptance }) => acceptance));
      for (const { auditId } of read) seen.add(auditId);
      above = read.reduce((highest, { auditId }) => Math.max(highest, Number(auditId)), above);
      readTo = Math.max(readTo, above);
      if (rows.length < acceptedRead || read.length === 0) return;
    }
  }

  async function acceptInTable(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<string[]> {
    const { table, identity, isFollowable } = target();
    const values = {
      ...operator,
      action: isAccepted ? 'accept' : 'unaccept',
      note,
      tableOid: identity.tableOid,
      table,
      ids: failures.map(({ id }) => id),
      identities: failures.map((one) => (isFollowable ? null : one.identity)),
      versions: failures.map(({ version }) => version),
      keys: failures.map(bulkKeys()),
    };
    const answer = await connection.write([...auditChecks(target()), query('accept', target(), values)]);
    if (answer.kind === 'lost')
      throw new DatabaseError('unreachable', `connection lost: it may have been recorded (${messageOf(answer.error)})`);
    if (answer.kind !== 'done') throw new DatabaseError('failed', messageOf(answer.error), answer.error);
    const judged = kept(ofKind(taggedRows(answer.results.at(-1) ?? []), 'judged').map(decodeJudged));
    const outcomes = new Map(judged.map((one) => [one.id, one]));
    return failures.map(({ id }) => outcomes.get(id)?.outcome ?? 'gone');
  }

  async function acceptHere(failures: readonly SeenFailure[], note: string, isAccepted: boolean): Promise<string[]> {
    const statement = query('attempts', target(), { ids: failures.map(({ id }) => id) });
    const clock = query('clock', target(), {});
    const [rows = [], clockRows = []] = await readTagged(connection, target(), [
      { ...statement, seconds: readSeconds },
      { ...clock, seconds: readSeconds },
    ]);
    const now = kept(rows.map(({ body }) => decodeOperation(named(body, changedColumns), 'full')));
    const rowOf = new Map(now.map((row) => [operationKey(row), row]));
    const outcomes = failures.map((failure) => {
      const row = rowOf.get(operationKey(failure));
      const isSame = row?.status === 'failed' && row.version === failure.version;
      return row === undefined ? 'gone' : isSame ? 'applied' : 'stale';
    });
    const key = randomUUID();
    await log().beginMany({
      key,
      databaseRole: target().user,
      ...operator,
      action: isAccepted ? 'accept' : 'unaccept',
      reason: note,
      rows: failures.map(({ id, identity, version }) => ({
        operationId: id,
        identity,
        fromStatus: 'failed',
        toStatus: 'failed',
        seenVersion: version,
      })),
    });
    await log().endMany(key, outcomes, clockOf(clockRows));
    return outcomes;
  }

  return {
    known: () => known,
    async read() {
      const { audit, auditVersion } = target();
      // With an audit table the local one has only what was accepted before.
      await (audit === null ? readLocal() : readLocal().catch(() => {}));
      if (audit !== null && auditVersion >= 3) await readTable();
      return known;
    },
    async accept(failures, note, isAccepted) {
      const { audit, auditVersion, user } = target();
      const isLocal = audit === null;
      if (!isLocal && auditVersion < 3)
        throw new DatabaseError(
          'failed',
          `The audit table is of version ${auditVersion}, which cannot record it: run ${initCommand('audit', target().table)}`,
        );
      const outcomes = await (isLocal ? acceptHere : acceptInTable)(failures, note, isAccepted);
      const applied = failures.filter((_, index) => outcomes[index] === 'applied');
      const who = operatorName({ ...operator, databaseRole: user });
      isOwn = true;
      const own = applied.map(({ id, identity, version }) => ({
        id,
        identity,
        version,
        who,
        at: null,
        note,
        isAccepted,
      }));
      if (isLocal) addLocal(own);
      else add(own);
      const gone = outcomes.filter((outcome) => outcome === 'gone').length;
      return { applied, changed: failures.length - applied.length - gone, gone, isLocal };
    },
  };
}

function withAll(
  known: ReadonlyMap<number, Acceptance>,
  added: readonly Acceptance[],
): ReadonlyMap<number, Acceptance> {
  return new Map([...known, ...added.map((one) => [one.id, one] as const)]);
}

function acceptanceOf(entry: Awaited<ReturnType<AuditLog['accepted']>>[number]): Acceptance {
  return {
    id: entry.operationId,
    identity: entry.identity ?? null,
    version: entry.seenVersion ?? null,
    who: operatorName(entry),
    at: entry.at,
    note: entry.reason ?? '',
    isAccepted: entry.action === 'accept',
  };
}

function decodeAccepted(body: unknown): Decoded<{ readonly auditId: string; readonly acceptance: Acceptance }> {
  return attempt(body, (row) => {
    const text = (name: string): string => optional(row, name, line) ?? '';
    return {
      auditId: String(integer(row, 'audit_id')),
      acceptance: {
        id: identifier(row, 'operation_id'),
        identity: optional(row, 'identity', line),
        version: optional(row, 'version', line),
        who: text('os_user') === '' ? text('database_role') : `${text('os_user')}@${text('host')}`,
        at: optional(row, 'at', finite),
        note: text('reason'),
        isAccepted: row.action === 'accept',
      },
    };
  });
}

function decodeJudged(body: unknown): Decoded<{ readonly id: number; readonly outcome: string }> {
  return attempt(body, (row) => ({ id: identifier(row, 'id'), outcome: line(row, 'outcome') }));
}
