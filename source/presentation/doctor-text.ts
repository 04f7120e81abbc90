import { type Diagnosis, type Finding, many } from '../domain/doctor/finding.ts';

/** The findings of `migtop doctor` as text: how many, then each with its rows, what to consider, and the SQL that mends it. */
export function doctorText({ findings, notChecked }: Diagnosis): string {
  const unchecked = notChecked.map(({ check, reason }) => `not checked: ${check}: ${reason}`);
  const total = summary(findings);
  const first = findings.length === 0 ? [] : [total, ''];
  return [...first, ...findings.flatMap((finding) => [...findingLines(finding), '']), ...unchecked, total, ''].join(
    '\n',
  );
}

function findingLines({ severity, check, title, rows, rowCount, sql, advice }: Finding): readonly string[] {
  const more =
    rowCount > rows.length && rows.length > 0 ? [`  … and ${many(rowCount - rows.length, 'more', 'more')}`] : [];
  return [
    `${severity}: ${check}: ${title}`,
    ...rows.map(({ id, text }) => `  ${id === null ? '' : `${id}  `}${text}`),
    ...more,
    ...(advice === null ? [] : [`  note: ${advice}`]),
    ...(sql === null ? [] : sql.split('\n').map((line) => `    ${line}`)),
  ];
}

function summary(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [many(count, severity)];
  });
  return counts.length === 0 ? 'no problems found' : counts.join(', ');
}
