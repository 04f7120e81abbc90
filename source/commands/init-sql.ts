import schema from '../../sql/migration_control.sql';
import audit from '../../sql/options/audit.sql';
import auditRemove from '../../sql/options/audit-remove.sql';
import guard from '../../sql/options/guard.sql';
import guardRemove from '../../sql/options/guard-remove.sql';
import indexes from '../../sql/options/indexes.sql';
import indexesRemove from '../../sql/options/indexes-remove.sql';
import roles from '../../sql/options/roles.sql';
import rolesRemove from '../../sql/options/roles-remove.sql';
import { literal } from '../domain/doctor/mending.ts';
import { type OptionName, optionNames } from '../domain/option-names.ts';
import { statementsIn, withoutComments } from '../domain/sql-statements.ts';

const files: Readonly<Record<OptionName, { readonly install: string; readonly remove: string }>> = {
  guard: { install: guard, remove: guardRemove },
  audit: { install: audit, remove: auditRemove },
  roles: { install: roles, remove: rolesRemove },
  indexes: { install: indexes, remove: indexesRemove },
};

/** The options that `migtop init` installs or removes. */
export interface InitRequest {
  readonly options: readonly OptionName[];
  readonly remove: boolean;
  /** Whether to remove an audit table that has rows. */
  readonly discardAudit: boolean;
  /** Whether to create the control table. */
  readonly withTable: boolean;
}

/** The SQL for one control table. */
export interface InitPlan {
  /** Run as one transaction. */
  readonly together: readonly string[];
  /**
   * Run after it, each by itself: PostgreSQL runs CREATE INDEX CONCURRENTLY only outside of a transaction, and a check of the
   * existing rows in the transaction would hold its locks until it has read the table.
   */
  readonly apart: readonly string[];
}

/**
 * The files for a database that is not known, one after the other: each is a separate transaction.
 *
 * @param table as the user wrote it; null for the usual one
 */
export function initFiles({ options, remove, discardAudit, withTable }: InitRequest, table: string | null): string {
  const chosen = inOrder(options, remove).map((name) => {
    if (name === 'indexes' && table !== null)
      return indexStatements(remove, table)
        .map((statement) => `${statement};\n`)
        .join('\n');
    const text = remove ? discarding(files[name].remove, discardAudit) : files[name].install;
    return table === null ? text : text.replace("'migration_control'", () => literal(table));
  });
  return [...(withTable ? [schema] : []), ...chosen].join('\n');
}

/** @param table the full name of the control table, quoted */
export function initPlan(request: InitRequest, table: string): InitPlan {
  const { options, remove, discardAudit, withTable } = request;
  // The file of the table has two blocks: the second one checks rows.
  const [create = [], validate = []] = withTable ? halves(statementsIn(schema)) : [];
  const chosen = inOrder(options, remove).filter((name) => name !== 'indexes');
  const together = chosen.flatMap((name) => {
    const text = remove ? discarding(files[name].remove, discardAudit) : files[name].install;
    return statementsIn(text.replace("'migration_control'", () => literal(table))).filter(
      (statement) => !/^(BEGIN|COMMIT|SET TRANSACTION\b.*)$/.test(withoutComments(statement)),
    );
  });
  const apart = options.includes('indexes') ? indexStatements(remove, table) : [];
  return { together: [...create, ...together], apart: [...validate, ...apart] };
}

/** The text of a plan, as psql runs it. */
export function initScript({ together, apart }: InitPlan): string {
  const transaction =
    together.length === 0 ? [] : ['BEGIN', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED', ...together, 'COMMIT'];
  return [...transaction, ...apart].map((statement) => `${statement};\n`).join('\n');
}

/** Removal goes the other way. */
function inOrder(options: readonly OptionName[], remove: boolean): readonly OptionName[] {
  const chosen = optionNames.filter((name) => options.includes(name));
  return remove ? chosen.reverse() : chosen;
}

function halves([first, ...rest]: readonly string[]): [string[], string[]] {
  return [first === undefined ? [] : [first], rest];
}

function discarding(text: string, discardAudit: boolean): string {
  return discardAudit ? text.replace("migtop.discard_audit = 'no'", "migtop.discard_audit = 'yes'") : text;
}

function indexStatements(remove: boolean, table: string): readonly string[] {
  if (remove) {
    const schemaName = table.slice(0, table.length - nameIn(table).length);
    return statementsIn(indexesRemove).map((one) =>
      one.replace(/ (migtop_\w+)$/, (_, name) => ` ${schemaName}${name}`),
    );
  }
  return statementsIn(indexes).map((one) =>
    one
      // In the block, the name is in a literal that is in an escape string.
      .replaceAll("''migration_control''", () => `''${table.replaceAll('\\', '\\\\').replaceAll("'", "''''")}''`)
      .replace(/ ON migration_control\b/g, () => ` ON ${table}`),
  );
}

/** The last part of a full name. */
function nameIn(table: string): string {
  return /(?:"(?:[^"]|"")*"|[^."]*)$/.exec(table)?.[0] ?? table;
}
