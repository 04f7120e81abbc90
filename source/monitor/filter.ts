import { isPhase, isStatus, type Operation } from '../domain/operation.ts';
import type { TableSummary } from '../domain/summary.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { OperationFilter } from '../polling/control-table.ts';

export type ParsedFilter = { kind: 'ok'; filter: OperationFilter } | { kind: 'wrong'; problem: string };

/**
 * Reads what the operator typed behind `/`: `status:failed,paused`, `phase:execution`, `table:brackets`, `worker:2`,
 * and free text, which is looked for in table, operation and error.
 */
export function parseFilter(text: string): ParsedFilter {
  const words: string[] = [];
  let filter: OperationFilter = { statuses: null, phases: null, workerId: null, table: null, text: null };
  for (const word of text.trim().split(/\s+/)) {
    if (word === '') continue;
    const [, name, value] = /^(status|phase|table|worker):(.*)$/i.exec(word) ?? [];
    if (name === undefined || value === undefined) {
      words.push(word);
      continue;
    }
    switch (name.toLowerCase()) {
      case 'status': {
        const statuses = value.toLowerCase().split(',');
        const unknown = statuses.find((status) => !isStatus(status));
        if (unknown !== undefined) return { kind: 'wrong', problem: `there is no status "${unknown}"` };
        filter = { ...filter, statuses };
        break;
      }
      case 'phase': {
        const phases = value.toLowerCase().split(',');
        const unknown = phases.find((phase) => !isPhase(phase));
        if (unknown !== undefined) return { kind: 'wrong', problem: `there is no phase "${unknown}"` };
        filter = { ...filter, phases };
        break;
      }
      case 'worker':
        if (!/^-?\d{1,15}$/.test(value)) return { kind: 'wrong', problem: 'worker: takes a number' };
        filter = { ...filter, workerId: Number(value) };
        break;
      case 'table':
        filter = { ...filter, table: value === '' ? null : visibleName(value) };
    }
  }
  return { kind: 'ok', filter: { ...filter, text: words.length === 0 ? null : words.join(' ') } };
}

/** Whether an operation passes, by the same rules as sql/queries/page-*.sql. */
export function matchesOperation(filter: OperationFilter, operation: Operation): boolean {
  return (
    (filter.statuses === null || filter.statuses.includes(operation.status)) &&
    (filter.phases === null || filter.phases.includes(operation.phase)) &&
    (filter.workerId === null || filter.workerId === operation.workerId) &&
    contains(operation.tableName, filter.table) &&
    (filter.text === null ||
      contains(operation.tableName, filter.text) ||
      contains(operation.operation, filter.text) ||
      (operation.errorMessage !== null && contains(operation.errorMessage, filter.text)))
  );
}

/** Whether a table passes: by its name, and by having operations in one of the statuses. */
export function matchesTable(filter: OperationFilter, table: TableSummary): boolean {
  return (
    (filter.statuses === null || filter.statuses.some((status) => isStatus(status) && table.statuses[status] > 0)) &&
    (filter.phases === null || filter.phases.includes('execution')) &&
    contains(table.tableName, filter.table) &&
    contains(table.tableName, filter.text)
  );
}

function contains(text: string, part: string | null): boolean {
  return part === null || text.toLowerCase().includes(part.toLowerCase());
}
