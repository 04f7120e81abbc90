import { initCommand } from '../domain/option-names.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { AuditVersion } from './audit-version.ts';
import { DatabaseError, messageOf, sqlState, sqlStateOf } from './database-error.ts';
import { eachOf, fieldsOf, type JsonFields } from './fields.ts';
import type { Statement } from './literals.ts';
import { knownFunction, knownGuard, type OptionTrigger } from './option-functions.ts';
import type { Reader } from './read-ahead.ts';
import { sqlFor } from './sql.ts';

/** An object that has an option's name but is not the option, or an audit table that this role may not write. */
export type OptionProblem = 'foreign audit' | 'foreign guard' | 'audit not writable';

/** Which options of sql/options/ one table has, and whether they are as those files create them. */
export interface Options {
  readonly databaseOid: string;
  /** Whether the guard's trigger exists and is enabled. */
  readonly guarded: boolean;
  /** The audit table, quoted; null if there is none, this role may not read it, or it is not the audit. */
  readonly audit: string | null;
  /** A relation that has the audit's name but is not the audit; null if there is none. */
  readonly foreignAudit: string | null;
  readonly auditVersion: AuditVersion;
  /** Why the existing audit table cannot record an action; null if it can, or if there is none. */
  readonly unwritable: string | null;
  /** The problems that the header shows. */
  readonly optionProblems: readonly OptionProblem[];
  /** Notes on options that are unused, incomplete or of an earlier version, a sentence each. */
  readonly notes: readonly string[];
}

interface Column {
  readonly name: string;
  readonly type: number;
  readonly is_own_type: boolean;
  readonly is_required: boolean;
  readonly may_insert: boolean;
}

/** The OIDs of the types, which are the same on every server. */
const types = { bigint: 20, text: 25, oid: 26, timestamptz: 1184, uuid: 2950 } as const;

/** The columns of sql/options/audit.sql: filled by the database, written by version 1, added by versions 2 and 3. */
const filled = { id: types.bigint, at: types.timestamptz, database_role: types.text } as const;
const written = {
  os_user: types.text,
  host: types.text,
  client: types.text,
  action: types.text,
  operation_id: types.bigint,
  from_status: types.text,
  to_status: types.text,
  actual_status: types.text,
  reason: types.text,
  outcome: types.text,
} as const;
const second = { action_key: types.uuid, table_oid: types.oid, control_table: types.text } as const;
const third = { operation_identity: types.text, row_version: types.text } as const;
const added = { ...second, ...third } as const;

const ownFunctions = ['migtop_audit_stamp', 'migtop_audit_refuse'];

/** The statement of `readOptions` (sql/queries/options.sql). */
export function optionsStatement(table: string, oid: string): Statement {
  return { text: sqlFor('options', table), values: [oid] };
}

/**
 * @param oid the OID of the watched table
 * @param role the role of this session, quoted by PostgreSQL
 */
export async function readOptions(
  reader: Reader,
  { table, oid, role }: { readonly table: string; readonly oid: string; readonly role: string },
): Promise<Options> {
  const { text, values } = optionsStatement(table, oid);
  let rows: Record<string, unknown>[];
  try {
    rows = await reader.read(text, values);
  } catch (error) {
    // The privilege to read a catalog may be revoked from this role: migtop can still watch the table.
    if (sqlStateOf(error instanceof DatabaseError ? error.cause : error) !== sqlState.insufficientPrivilege)
      throw error;
    return unchecked(reader, { table, oid, why: messageOf(error instanceof DatabaseError ? error.cause : error) });
  }
  const bodies = (kind: string): JsonFields[] =>
    rows.filter((row) => row.kind === kind).map((row) => fieldsOf(row.body));
  const guard = guardOf(bodies('guard')[0], bodies('guard calls'));
  const [found] = bodies('audit');
  const audit = found === undefined ? none : auditOf(found, bodies('trigger'), bodies('audit calls'), { role, table });
  return {
    databaseOid: String(bodies('database')[0]?.oid ?? ''),
    guarded: guard === null && bodies('guard').some((one) => one.is_enabled === true),
    ...audit,
    optionProblems: [...audit.optionProblems, ...(guard === null ? [] : (['foreign guard'] as const))],
    notes: [...(guard === null ? earlierGuard(bodies('guard')[0], table) : [guard]), ...audit.notes],
  };
}

/** The options if they cannot be read: no action is possible if there may be an audit table. */
async function unchecked(
  reader: Reader,
  { table, oid, why }: { readonly table: string; readonly oid: string; readonly why: string },
): Promise<Options> {
  const [found] = await reader.read(sqlFor('unchecked', table), [oid]);
  return {
    ...none,
    databaseOid: '',
    guarded: false,
    optionProblems: found?.has_audit === true ? ['audit not writable'] : [],
    unwritable: found?.has_audit === true ? `cannot check whether migtop_audit is the audit: ${why}` : null,
    notes: [`cannot look for the guard and the audit: ${why}`],
  };
}

const none = {
  audit: null,
  foreignAudit: null,
  auditVersion: 3,
  unwritable: null,
  optionProblems: [],
  notes: [],
} as const;

/** Why the trigger that has the guard's name is not the guard; null if it is, or if there is none. */
function guardOf(trigger: JsonFields | undefined, calls: readonly JsonFields[]): string | null {
  if (trigger === undefined) return null;
  const foreign = calls.find((one) => one.is_trusted !== true);
  const why =
    trigger.is_trusted !== true
      ? `its function ${shown(trigger.function)}() belongs to ${shown(trigger.owner)}`
      : foreign !== undefined
        ? `its condition calls ${shown(foreign.name)} of ${shown(foreign.owner)}`
        : trigger.function !== 'migtop_guard'
          ? `it calls the function ${shown(trigger.function)}()`
          : knownFunction(asTrigger(trigger)) === 'altered'
            ? 'its function migtop_guard() was altered'
            : knownGuard(String(trigger.definition)) === 'altered'
              ? 'its event or condition was altered'
              : null;
  return why === null ? null : `the trigger migtop_guard is not that of migtop init --guard: ${why}`;
}

function earlierGuard(trigger: JsonFields | undefined, table: string): readonly string[] {
  if (trigger === undefined) return [];
  const isCurrent =
    knownFunction(asTrigger(trigger)) === 'current' && knownGuard(String(trigger.definition)) === 'current';
  return isCurrent ? [] : [`the guard is of an earlier version: run ${initCommand('guard', table)}`];
}

function auditOf(
  found: JsonFields,
  triggers: readonly JsonFields[],
  calls: readonly JsonFields[],
  { role, table }: { readonly role: string; readonly table: string },
): Omit<Options, 'databaseOid' | 'guarded'> {
  const name = String(found.name);
  const columns = eachOf(found.columns).map(columnOf);
  const why = whyForeign(found, columns, triggers, calls);
  if (why !== null) {
    return {
      ...none,
      foreignAudit: visibleName(name),
      optionProblems: ['foreign audit'],
      notes: [`${visibleName(name)} is not used as the audit: ${why}. Actions are recorded in the local audit`],
    };
  }
  const auditVersion = versionOf(columns);
  const grants = Object.keys(columnsOf[auditVersion]).join(', ');
  const grant =
    found.may_use_schema !== true
      ? `GRANT USAGE ON SCHEMA ${name.replace(/\.migtop_audit$/, '')} TO ${role}`
      : `GRANT SELECT, INSERT (${grants}) ON ${name} TO ${role}`;
  const mayInsert = columns.every(
    ({ name: column, may_insert }) => may_insert || !(column in { ...written, ...added }),
  );
  const mayWrite = found.may_use_schema === true && found.may_select === true && mayInsert;
  return {
    audit: found.may_select === true && found.may_use_schema === true ? name : null,
    foreignAudit: null,
    auditVersion,
    optionProblems: mayWrite ? [] : ['audit not writable'],
    unwritable: mayWrite
      ? null
      : `you have no privilege to write the audit ${visibleName(name)}. Ask its owner for: ${visibleName(grant)}`,
    notes:
      auditVersion < 3
        ? [`${visibleName(name)} is of an earlier version: run ${initCommand('audit', table)}`]
        : missingTriggers(triggers).map(
            (trigger) => `${visibleName(name)} lacks its trigger ${trigger}: run ${initCommand('audit', table)}`,
          ),
  };
}

/** The columns that migtop writes into each version of the audit table. */
const columnsOf = { 1: written, 2: { ...written, ...second }, 3: { ...written, ...added } } as const;

function columnOf(fields: JsonFields): Column {
  return {
    name: String(fields.name),
    type: Number(fields.type),
    is_own_type: fields.is_own_type === true,
    is_required: fields.is_required === true,
    may_insert: fields.may_insert === true,
  };
}

function versionOf(columns: readonly Column[]): AuditVersion {
  const has = (wanted: object): boolean =>
    Object.keys(wanted).every((name) => columns.some((column) => column.name === name));
  return has(columnsOf[3]) ? 3 : has(columnsOf[2]) ? 2 : 1;
}

/** Without these triggers, rows can be changed, or have a false time or role. */
function missingTriggers(triggers: readonly JsonFields[]): readonly string[] {
  return ownFunctions.filter(
    (name) => !triggers.some((one) => one.name === name && one.function === name && one.is_enabled === true),
  );
}

/** Why the table that has the audit's name is not the audit; null if it is. */
function whyForeign(
  found: JsonFields,
  columns: readonly Column[],
  triggers: readonly JsonFields[],
  calls: readonly JsonFields[],
): string | null {
  if (found.is_trusted !== true) return `it belongs to ${shown(found.owner)}`;
  if (found.is_ordinary !== true) return 'it is not an ordinary table';
  if (found.has_policies === true) return 'it has row-level security';
  if (found.has_rules === true) return 'it has a rule';
  if (found.inherits === true) return 'it inherits, or is inherited from';
  for (const [name, type] of Object.entries({ ...filled, ...written, ...added })) {
    const column = columns.find((one) => one.name === name);
    if (column === undefined ? !(name in added) : column.type !== type)
      return `its column ${name} is ${column === undefined ? 'missing' : 'of another type'}`;
  }
  const known = { ...filled, ...written };
  const strange = columns.find((column) => column.is_own_type || (column.is_required && !(column.name in known)));
  if (strange !== undefined) return `it has the column ${shown(strange.name)}`;
  const trigger = triggers.find((one) => one.is_trusted !== true);
  if (trigger !== undefined)
    return `the function of its trigger ${shown(trigger.name)} belongs to ${shown(trigger.owner)}`;
  const before = triggers.find((one) => one.is_before_insert === true && one.function !== 'migtop_audit_stamp');
  if (before !== undefined) return `its trigger ${shown(before.name)} may reject rows`;
  const altered = triggers.find(
    (one) => ownFunctions.includes(String(one.function)) && knownFunction(asTrigger(one)) === 'altered',
  );
  if (altered !== undefined) return `its function ${shown(altered.function)}() was altered`;
  const call = calls.find((one) => one.is_trusted !== true);
  if (call !== undefined) return `it calls ${shown(call.name)} of ${shown(call.owner)}`;
  return null;
}

function asTrigger(body: JsonFields): OptionTrigger {
  return {
    function: String(body.function),
    body: String(body.body),
    language: String(body.language),
    settings: Array.isArray(body.settings) ? body.settings.map(String) : null,
    is_definer: body.is_definer !== false,
  };
}

function shown(name: unknown): string {
  return name === null || name === undefined ? 'a role that is gone' : visibleName(String(name));
}
