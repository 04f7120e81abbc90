import { dash } from './columns.ts';
import { count, rate } from './figures.ts';
import { percentText } from './more-records.ts';
import { grid, section } from './plain-grid.ts';
import type { StatusDocument } from './status-document.ts';
import { endCellIn, outcomeIn } from './status-words.ts';
import { truncateName, widthOf } from './text-width.ts';
import { shortValidationWords, validationWords } from './validation-words.ts';

/** How many tables are listed: the rest is in the JSON. */
export const mostTables = 100;

/** To this width the names of tables are cut before a column is left out. */
const leastName = 14;

type Table = StatusDocument['tables'][number];
type Variant = 'whole' | 'short' | 'no rate' | 'no total';
const variants: readonly Variant[] = ['whole', 'short', 'no rate', 'no total'];

/** The tables. Where the lines are short, with shorter words, and then without figures that others show too: no outcome is cut. */
export function tableSection(document: StatusDocument, columns: number): string[] {
  const tables = document.tables.slice(0, mostTables);
  const names = Math.max(...tables.map(({ tableName }) => widthOf(tableName)), 0);
  const sized = variants.map((variant) => {
    const { titles, rows } = gridOf(document, tables, variant);
    const over = Math.max(0, ...grid(titles, rows).map((line) => widthOf(line) - columns));
    // The words are shortened before a name is cut.
    const least = variant === 'whole' ? names : Math.min(names, leastName);
    const room = Math.max(least, names - over);
    const cut = rows.map(([name = '', ...others]) => [truncateName(name, room), ...others]);
    return { titles, rows: cut, fits: over <= names - room };
  });
  const chosen = sized.find(({ fits }) => fits) ?? sized.at(-1);
  return chosen === undefined ? [] : section(chosen.titles, chosen.rows, columns);
}

interface Grid {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

function gridOf(document: StatusDocument, tables: readonly Table[], variant: Variant): Grid {
  const isShort = variant !== 'whole';
  const words = isShort ? shortValidationWords : validationWords;
  const hasTotal = variant !== 'no total';
  const hasRate = hasTotal && variant !== 'no rate';
  const isUnclear = document.tables.some(({ counting }) => counting === 'unclear');
  const hasEnds = document.tables.some(({ endsAt }) => endsAt !== null);
  const hasValidation = document.tables.some(({ validation }) => validation !== 'none');
  return {
    titles: [
      'TABLE',
      'DONE',
      'RECORDS',
      ...(hasTotal ? ['TOTAL'] : []),
      ...(hasRate ? ['AVG/S'] : []),
      ...(hasEnds ? ['DONE AT'] : []),
      'UNRESOLVED',
      ...(hasValidation ? ['VALIDATION'] : []),
      ...(isUnclear ? ['COUNTS'] : []),
      'OUTCOME',
    ],
    rows: tables.map((table) => [
      table.tableName,
      percentText(table),
      count(table.recordsProcessed),
      ...(hasTotal ? [table.totalRecords === null ? dash : count(table.totalRecords)] : []),
      ...(hasRate ? [rate(table.recordsPerSecond)] : []),
      ...(hasEnds ? [endCellIn(document, table.etaSeconds, table.endsAt) || dash] : []),
      count(table.unresolvedInAllPhases),
      ...(hasValidation ? [words[table.validation]] : []),
      ...(isUnclear ? [table.counting] : []),
      isShort ? shortOutcome(outcomeIn(table)) : outcomeIn(table),
    ]),
  };
}

/** `5.7% fewer` for `completed, 5.7% fewer than expected`. */
function shortOutcome(outcome: string): string {
  return outcome.replace(/^completed, /, '').replace(' than expected', '');
}
