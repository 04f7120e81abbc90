import { phases, statuses } from '../operation.ts';
import { visibleName } from '../visible-name.ts';
import { type Finding, ofTables } from './finding.ts';
import { alter, literal, printableName } from './mending.ts';

/** The constraints and indexes of the table, as sql/queries/doctor/structure.sql returns them. */
export interface Structure {
  /** As of the last ANALYZE. */
  readonly rows: number;
  readonly bytes: number;
  readonly isPartitioned: boolean;
  readonly hasKey: boolean;
  /** The columns that may be null, of those that the specification forbids. */
  readonly nullable: readonly string[];
  /** The columns with a check of this column alone. */
  readonly checked: readonly { readonly column: string; readonly name: string; readonly isValid: boolean }[];
  /** The first columns of indexes of the whole table. */
  readonly indexed: readonly string[];
  /** Indexes that an interrupted CREATE INDEX CONCURRENTLY left, quoted by PostgreSQL. */
  readonly invalid: readonly string[];
}

/** Consequence if one of the specification's indexes is missing. */
const indexes = {
  status: 'each poll reads the whole table for the live and the failed operations',
  started_at: 'each poll reads the whole table for the newest starts',
  table_name: 'migtop reads the whole table to find the attempts of a work',
  phase: 'the reports of the specification read the whole table',
} as const;

const names = { status: 'status', started_at: 'started_at', table_name: 'table', phase: 'phase' } as const;

/** An index takes about this many bytes for each row. */
const indexBytes = 22;

/** @param table the full name of the control table, quoted */
export function judgeStructure(table: string, structure: Structure): readonly Finding[] {
  const common = { check: 'structure', ...ofTables([]), rows: [], rowCount: 0 } as const;
  const cost = `it reads the table once (${megabytes(structure.bytes)})`;
  const findings: Finding[] = [];
  if (!structure.hasKey) {
    findings.push({
      ...common,
      severity: 'error',
      title: 'the table has no primary key: ids may repeat, and migtop changes no row of it',
      sql: alter(table, 'ADD PRIMARY KEY (id)'),
      advice: `no session can use the table while the index is created; ${cost}`,
    });
  }
  for (const [column, allowed] of [
    ['phase', phases],
    ['status', statuses],
  ] as const) {
    const own = structure.checked.filter((one) => one.column === column);
    const name = `migration_control_${column}_check`;
    if (own.length === 0) {
      const values = allowed.map(literal).join(', ');
      findings.push({
        ...common,
        severity: 'warning',
        title: `no check constraint limits ${column} to the values of the specification`,
        sql: `${alter(table, `ADD CONSTRAINT ${name} CHECK (${column}::text IN (${values})) NOT VALID`)}\nALTER TABLE ${table} VALIDATE CONSTRAINT ${name};`,
        advice: `the first change takes a moment, or fails after 2 s if a transaction uses the table: run it again; the second one blocks no writer; ${cost}`,
      });
    }
    for (const one of own.filter(({ isValid }) => !isValid)) {
      findings.push({
        ...common,
        severity: 'note',
        title: `the check constraint ${visibleName(one.name)} is not validated: older rows may violate it`,
        sql: `ALTER TABLE ${table} VALIDATE CONSTRAINT ${printableName(`"${one.name.replaceAll('"', '""')}"`)};`,
        advice: `it blocks no writer; ${cost}`,
      });
    }
  }
  for (const column of structure.nullable) {
    findings.push({
      ...common,
      severity: 'warning',
      title: `${column} may be NULL, which the specification forbids`,
      sql: alter(table, `ALTER COLUMN ${column} SET NOT NULL`),
      advice: `no session can use the table while it runs; ${cost}`,
    });
  }
  for (const [column, consequence] of Object.entries(indexes)) {
    if (structure.indexed.includes(column)) continue;
    const name = `idx_migration_control_${names[column as keyof typeof names]}`;
    findings.push({
      ...common,
      severity: 'warning',
      title: `no index begins with ${column}: ${consequence}`,
      // PostgreSQL creates an index of a partitioned table only with its partitions locked.
      sql: `CREATE INDEX ${structure.isPartitioned ? '' : 'CONCURRENTLY '}${name} ON ${table} (${column});`,
      advice: `${cost}, takes about ${megabytes(structure.rows * indexBytes)} more, and ${structure.isPartitioned ? 'blocks writers while it runs' : 'blocks no session'}`,
    });
  }
  for (const index of structure.invalid) {
    findings.push({
      ...common,
      severity: 'warning',
      title: `the index ${visibleName(index)} is not valid: it costs each write, and no query uses it`,
      sql: `DROP INDEX CONCURRENTLY ${printableName(index)};`,
      advice: 'an interrupted CREATE INDEX CONCURRENTLY left it; if it is being created at this moment, wait',
    });
  }
  return findings;
}

function megabytes(bytes: number): string {
  return bytes < 1_000_000 ? 'less than 1 MB' : `${Math.round(bytes / 1_000_000).toLocaleString('en')} MB`;
}
