import { type Diagnosis, type Finding, type FindingsOfCheck, isOfTable, many } from '../domain/doctor/finding.ts';
import { updates } from '../domain/doctor/mending.ts';
import { namesOf, problemsOf, problemTitle } from '../domain/doctor/problems.ts';
import { sum } from '../domain/sum.ts';
import { count } from './figures.ts';
import { wrap } from './text-width.ts';

/**
 * The findings of `migtop doctor` as text: those of the control table itself, then those of the migration, each with its rows, what to
 * consider, and the commands and the SQL that mend it; at the end how many. One problem of several tables is one finding here, which lists them.
 *
 * @param columns maximum width of a line; commands and SQL keep their lines, so that they can be copied
 */
export function doctorText({ findings, notChecked }: Diagnosis, columns = Number.POSITIVE_INFINITY): string {
  const groups = problemsOf(findings);
  const shown = new Set<string>();
  const wrapped = ({ indent, text }: Line): readonly string[] => wrappedLine(indent, text, columns);
  const part = (heading: string, ofPart: readonly FindingsOfCheck[]): readonly string[] =>
    ofPart.length === 0
      ? []
      : [
          `${heading}: ${summary(ofPart)}`,
          '',
          ...ofPart.flatMap((group) => [...groupLines(group).flatMap(wrapped), ...mendingLines(group, shown), '']),
        ];
  return [
    ...part(
      'The control table',
      groups.filter(([{ check }]) => isOfTable(check)),
    ),
    ...part(
      'The migration',
      groups.filter(([{ check }]) => !isOfTable(check)),
    ),
    ...notChecked.flatMap(({ check, reason }) => wrapped({ indent: 0, text: `not checked: ${check}: ${reason}` })),
    ...(notChecked.length > 0 && groups.length > 0 ? [''] : []),
    summary(groups),
    '',
  ].join('\n');
}

/** A line before it is wrapped. */
interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Its further lines begin two columns to the right. */
function wrappedLine(indent: number, text: string, columns: number): readonly string[] {
  if (columns === Number.POSITIVE_INFINITY) return [`${' '.repeat(indent)}${text}`];
  const lines = wrap(text, Math.max(1, columns - indent - 2));
  return lines.map((line, index) => `${' '.repeat(index === 0 ? indent : indent + 2)}${line}`.trimEnd());
}

function groupLines(group: FindingsOfCheck): readonly Line[] {
  const [first, another] = group;
  const { check, severity, advice } = first;
  const title = { indent: 0, text: `${severity}: ${check}: ${problemTitle(group)}` };
  if (another === undefined) return [title, ...rowLines(first, 2), ...noteLines(advice, 2)];
  const isShared = group.every((one) => one.advice === advice);
  return [
    title,
    ...group.flatMap((one) => [
      { indent: 2, text: one.title },
      ...rowLines(one, 4),
      ...(isShared ? [] : noteLines(one.advice, 4)),
    ]),
    ...(isShared ? noteLines(advice, 2) : []),
  ];
}

function rowLines({ rows, rowCount, tables }: Finding, indent: number): readonly Line[] {
  const left = rows.length === 0 ? 0 : rowCount - rows.length;
  return [
    ...rows.map(({ id, text }) => ({ indent, text: `${id === null ? '' : `${id}  `}${text}` })),
    ...(left > 0 ? [{ indent, text: `… and ${many(left, 'more', 'more')}` }] : []),
    // The rows that are listed may not be of all of them.
    ...(left > 0 && tables.length > 1 ? [{ indent, text: `tables: ${namesOf(tables)}` }] : []),
  ];
}

const noteLines = (advice: string | null, indent: number): readonly Line[] =>
  advice === null ? [] : [{ indent, text: `note: ${advice}` }];

/**
 * The commands and the SQL of a problem. The same change for several tables is one statement.
 *
 * @param shown the SQL of the problems before, without the ids: with other ids, only these are written
 */
function mendingLines(group: FindingsOfCheck, shown: Set<string>): readonly string[] {
  const commands = group.flatMap((one) => one.commands ?? []);
  const changes = group.flatMap(({ change }) => change ?? []);
  const others = group.filter(({ change }) => change === undefined).flatMap(({ sql }) => sql ?? []);
  const statements = [...updates(changes), ...others].flatMap((statement) => statementLines(statement, shown));
  const sql = [...statements, ...cutLines(group, statements)];
  const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `    ${line}`);
  if (commands.length === 0) return indented(sql);
  return ['  command:', ...indented(commands), ...(sql.length === 0 ? [] : ['  SQL:', ...indented(sql)])];
}

/** That the ids of the SQL are not all, where only some of the rows are listed. */
function cutLines(group: FindingsOfCheck, statements: readonly string[]): readonly string[] {
  const cut = group.filter(({ rows, rowCount }) => rows.length > 0 && rows.length < rowCount);
  if (cut.length === 0 || statements.join(' ').search(idLists) === -1) return [];
  const listed = sum(cut.map(({ rows }) => rows.length));
  const all = sum(cut.map(({ rowCount }) => rowCount));
  const others = cut.some(({ commands }) => commands !== undefined)
    ? 'the command takes all'
    : 'run migtop doctor again for the others';
  return [`-- these are ${count(listed)} of ${count(all)} rows: ${others}`];
}

/** The ids of a statement: it may name them more than once. */
const idLists = /\bid (?:IN \(-?\d+(?:,\s*-?\d+)*\)|= -?\d+)/g;
/** A statement of fewer lines is repeated. */
const longLines = 10;

function statementLines(statement: string, shown: Set<string>): readonly string[] {
  const lines = statement.split('\n');
  const [ids, another] = statement.match(idLists) ?? [];
  if (ids === undefined || lines.length < longLines) return lines;
  const form = statement.replace(idLists, 'id IN ()').replace(/\s+/g, ' ');
  if (shown.has(form)) {
    const places = another === undefined ? '' : ' instead of its ids';
    return [`-- the ${/^\w+/.exec(statement)?.[0] ?? 'statement'} above, with ${ids.replace(/\s+/g, ' ')}${places}`];
  }
  shown.add(form);
  return lines;
}

function summary(groups: readonly FindingsOfCheck[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = groups.filter(([one]) => one.severity === severity).length;
    return count === 0 ? [] : [many(count, severity)];
  });
  return counts.length === 0 ? 'no problems found' : counts.join(', ');
}
