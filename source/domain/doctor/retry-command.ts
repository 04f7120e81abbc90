import { printFilter } from '../filter/print.ts';
import { shellWord } from '../quote-name.ts';
import { allOf, has, isOneOf } from './mending.ts';

/** The command that retries the unresolved failures of a kind: an operator needs no SQL for it. */
export function retryCommand(kind: string): string {
  const filter = printFilter({
    terms: [
      { negated: false, field: 'kind', values: [{ literals: [kind], isExact: true }] },
      { negated: false, field: 'is', values: ['unresolved'] },
    ],
  });
  return `migtop retry --where ${shellWord(filter)}`;
}

const columns = 'phase, table_name, total_records, batch_size, source_query,\n  validation_query';

/**
 * The SQL that adds retries of failed operations, each once, and of those with the same query only the last. It leaves out rows of the
 * worker library: only a mark as `migtop retry` writes it says where the retry continues.
 *
 * @param table the full name of the control table, quoted
 */
export function retrySql(table: string, ids: readonly number[]): string {
  return [
    `INSERT INTO ${table}`,
    `  (${columns}, operation, status, records_processed)`,
    `SELECT ${columns}, concat('retry_batch_', id), 'pending', 0`,
    `FROM ${table} AS failure`,
    `WHERE ${allOf([isOneOf(ids), has('status', 'failed')])}`,
    "  AND coalesce(validation_query, '') !~ '/[*] migtop run=[^*]*[*]/$'",
    `  AND NOT EXISTS (SELECT FROM ${table} AS later`,
    '    WHERE later.id > failure.id',
    "    AND (later.operation = concat('retry_batch_', failure.id)",
    '      OR later.source_query = failure.source_query',
    '        AND later.table_name = failure.table_name AND later.phase = failure.phase));',
  ].join('\n');
}
