import { printFilter } from '../filter/print.ts';
import { shellWord } from '../quote-name.ts';
import { allOf, has, hasOneOf, isOneOf } from './mending.ts';

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
 * The SQL that adds retries of failed operations as `migtop retry` does: none of a work of which another attempt is open, or was
 * completed later (domain/later.ts), and of those with the same query only the one with the lowest id. It leaves out rows of the worker
 * library: only a mark as `migtop retry` writes it says where the retry continues.
 *
 * @param table the full name of the control table, quoted
 */
export function retrySql(table: string, ids: readonly number[]): string {
  return [
    `INSERT INTO ${table}`,
    `  (${columns}, operation, status, records_processed)`,
    `SELECT ${columns}, concat('retry_batch_', id), 'pending', 0`,
    `FROM ${table} AS failure`,
    'CROSS JOIN LATERAL (SELECT',
    '  coalesce(failure.completed_at, failure.started_at) AS failed_at) AS its_end',
    `WHERE ${allOf([isOneOf(ids), has('status', 'failed')])}`,
    "  AND coalesce(validation_query, '') !~ '/[*] migtop run=[^*]*[*]/$'",
    `  AND NOT EXISTS (SELECT FROM ${table} AS other`,
    '    WHERE other.id <> failure.id AND other.phase = failure.phase',
    '    AND other.table_name = failure.table_name',
    "    AND (other.operation = concat('retry_batch_', failure.id)",
    '      OR other.source_query = failure.source_query)',
    `    AND (${hasOneOf('other.status', ['pending', 'running', 'paused'])}`,
    `      OR ${has('other.status', 'failed')} AND other.id < failure.id`,
    `        AND ${isOneOf(ids, 'other.id')}`,
    `      OR ${has('other.status', 'completed')} AND (other.started_at > failed_at`,
    '        OR CASE WHEN isfinite(other.completed_at) AND isfinite(failed_at)',
    '          AND other.completed_at <> failed_at',
    '          THEN other.completed_at > failed_at',
    "          ELSE other.operation = concat('retry_batch_', failure.id)",
    "            OR failure.operation <> concat('retry_batch_', other.id)",
    '            AND other.id > failure.id END)));',
  ].join('\n');
}
