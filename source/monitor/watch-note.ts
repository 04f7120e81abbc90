import type { Target } from '../database/target.ts';

/** How the table is watched, for `--debug`. */
export function watchNote({ table, hasVersions, isFollowable }: Target): string {
  if (!isFollowable) return `nothing keeps the ids of ${table} unique: every poll counts all of it`;
  if (!hasVersions) return `the rows of ${table} have no xmin: every poll compares those that may have changed`;
  return `of ${table}, every poll reads the rows that a newer transaction wrote (xmin)`;
}
