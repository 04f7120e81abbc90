import { type Diagnosis, type Finding, type FindingsOfCheck, many } from '../domain/doctor/finding.ts';
import { problemsOf, problemTitle } from '../domain/doctor/problems.ts';

/**
 * The findings of `migtop doctor` as text: how many, then each with its rows, what to consider, and the SQL that mends it. One problem of
 * several tables is one finding here, which lists them.
 */
export function doctorText({ findings, notChecked }: Diagnosis): string {
  const unchecked = notChecked.map(({ check, reason }) => `not checked: ${check}: ${reason}`);
  const groups = problemsOf(findings);
  const total = summary(groups);
  const first = findings.length === 0 ? [] : [total, ''];
  return [...first, ...groups.flatMap((group) => [...groupLines(group), '']), ...unchecked, total, ''].join('\n');
}

function groupLines(group: FindingsOfCheck): readonly string[] {
  const [first, another] = group;
  const { check, severity, advice, sql } = first;
  const title = `${severity}: ${check}: ${problemTitle(group)}`;
  if (another === undefined) return [title, ...rowLines(first), ...noteLines(advice), ...sqlLines(sql)];
  const isShared = group.every((one) => one.advice === advice);
  return [
    title,
    ...group.flatMap((one) => [
      `  ${one.title}`,
      ...[...rowLines(one), ...(isShared ? [] : noteLines(one.advice))].map((line) => `  ${line}`),
    ]),
    ...(isShared ? noteLines(advice) : []),
    ...group.flatMap((one) => sqlLines(one.sql)),
  ];
}

function rowLines({ rows, rowCount }: Finding): readonly string[] {
  const left = rows.length === 0 ? 0 : rowCount - rows.length;
  return [
    ...rows.map(({ id, text }) => `  ${id === null ? '' : `${id}  `}${text}`),
    ...(left > 0 ? [`  … and ${many(left, 'more', 'more')}`] : []),
  ];
}

const noteLines = (advice: string | null): readonly string[] => (advice === null ? [] : [`  note: ${advice}`]);

const sqlLines = (sql: string | null): readonly string[] =>
  sql === null ? [] : sql.split('\n').map((line) => `    ${line}`);

function summary(groups: readonly FindingsOfCheck[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = groups.filter(([one]) => one.severity === severity).length;
    return count === 0 ? [] : [many(count, severity)];
  });
  return counts.length === 0 ? 'no problems found' : counts.join(', ');
}
