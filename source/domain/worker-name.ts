/**
 * An `application_name` that names a worker by its number: a word for a worker, then its number, such as `worker 7`,
 * `etl-agent-07` or `migration_worker=7`. Other numbers, as in `pgAdmin 4`, do not name a worker.
 */
const words = 'worker|agent|migrator|migration|migrate|loader|etl';
const between = '[ _.:=#/-]{0,3}';

/** The pattern for PostgreSQL, without the number: names that may be of a worker. */
export const workerNamePattern = `(${words})${between}[0-9]`;

const form = new RegExp(`(?:^|[^a-z])(?:[a-z]*[_-])?(?:${words})${between}(\\d{1,10})(?!\\d)`, 'gi');

/** The number of the worker that an `application_name` names; null if it names none, or several. */
export function workerNumber(applicationName: string): number | null {
  const numbers = new Set([...applicationName.matchAll(form)].map(([, number]) => Number(number)));
  const [only] = numbers;
  return numbers.size === 1 && only !== undefined ? only : null;
}

/** Programs in which people type queries, and migtop itself: their sessions are not those of workers. */
export function isInteractive(applicationName: string): boolean {
  return /^(psql|pgcli|pgadmin|dbeaver|datagrip|tableplus|navicat|beekeeper|postico|migtop( |$))/i.test(
    applicationName,
  );
}
