import type { OperationRow } from './rows.ts';

/**
 * The rows of one kind of failure, each with the part of its error that differs from the kind: the kind is above the list. The details
 * that PostgreSQL gives (`Key (case_id)=(17) is not present …`), else the text from the first particular that is not its table's name.
 */
export function withDifferingErrors(rows: readonly OperationRow[], kind: string): readonly OperationRow[] {
  return rows.map((row) => {
    const errorPart = differingPart(row.operation.errorMessage ?? '', kind, row.operation.tableName);
    return errorPart === '' ? row : { ...row, errorPart };
  });
}

/** The part of an error that differs from its kind; '' if none is known. */
export function differingPart(error: string, kind: string, tableName: string): string {
  const details = /\bDETAIL: +(.*)$/s.exec(error)?.[1]?.trim();
  if (details) return details;
  // A kind has `…` in the place of each particular.
  const [first = '', second = ''] = kind.split('…');
  if (!error.startsWith(first)) return '';
  const part = error.slice(first.length).replace(/^\s*CONTEXT: +/, '');
  const named = `"${tableName}"${second}`;
  return second.trim() !== '' && part.startsWith(named) ? part.slice(named.length).trim() : part.trim();
}
