import { type LongText, longTexts } from '../domain/long-text.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import type { FormattedQueries } from '../presentation/detail-document.ts';
import type { Store } from './store.ts';

/** The fields that are SQL. */
const queries = longTexts.filter((field) => field !== 'errorMessage');

/**
 * Formats the queries of the open detail. The formatter is loaded when the first detail is open: the first frame does not
 * wait for it.
 */
export function createQueryFormatter(store: Store): () => Promise<void> {
  let done: { readonly detail: OperationDetail; readonly formatted: FormattedQueries } | null = null;
  return async () => {
    const { overlay } = store.state();
    if (overlay.kind !== 'detail' || overlay.detail === null || overlay.formatted !== undefined) return;
    const { id, detail } = overlay;
    const { sqlText, longestFormatted } = await import('../presentation/sql-text.ts');
    const isShort = (field: LongText): boolean => (detail.operation[field] ?? '').length <= longestFormatted;
    if (done?.detail !== detail) {
      const formatted = Object.fromEntries(
        queries.flatMap((field) => {
          const query = detail.operation[field];
          return query === null || query.trim() === '' || detail.windows?.[field] !== undefined || !isShort(field)
            ? []
            : [[field, sqlText(query)]];
        }),
      );
      done = { detail, formatted };
    }
    store.emit({ kind: 'formatted', id, detail, formatted: done.formatted });
  };
}
