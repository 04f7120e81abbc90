import type { AuditGaps } from '../domain/audit.ts';
import { count } from './figures.ts';

/** The notes about entries of the local audit that are missing, without a full stop. */
export function gapsNotes({ isLate, damagedLines, problem = null, isPart = false }: AuditGaps): readonly string[] {
  const lines = damagedLines === 1 ? '1 line' : `${count(damagedLines)} lines`;
  return [
    ...(isLate ? ['The local audit could not be read in time: the last actions of operators are not known'] : []),
    ...(problem === null
      ? []
      : [`The local audit cannot be read (${problem}): the last actions of operators are not known`]),
    ...(isPart ? ['The local audit is long, only its end is read: earlier actions of operators may be missing'] : []),
    ...(damagedLines > 0
      ? [`${lines} of the local audit cannot be read: some actions of operators may be missing or incomplete`]
      : []),
  ];
}
