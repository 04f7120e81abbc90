import type { Target } from '../database/target.ts';
import { visibleName } from '../domain/visible-name.ts';

/** How the table is watched, for `--debug`. */
export function watchNote({ table: name, hasVersions, isFollowable }: Target): string {
  const table = visibleName(name);
  if (!isFollowable)
    return `the ids of ${table} are not unique, or missing: every poll counts all of it, or id ranges where that takes too long`;
  if (!hasVersions) return `the rows of ${table} have no xmin: every poll compares those that may have changed`;
  return `every poll of ${table} reads the rows that newer transactions wrote (xmin)`;
}
