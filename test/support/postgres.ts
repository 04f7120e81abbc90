import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startOwnServer } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The URL of a superuser, on a real PostgreSQL server that all tests of the run share. */
    postgresUrl: string;
    /** The names of the databases and roles of this run begin with it, after their kind: four digits. */
    runId: string;
  }
}

/**
 * Provides a real PostgreSQL server to the test run: the one of `TEST_DATABASE_URL` if it is set (its role must be allowed to
 * create databases and roles), otherwise a new one that is removed afterwards. The first project of the run starts it for all.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const run = project.vitest.getRootProject();
  if (run.getProvidedContext().postgresUrl !== undefined) return undefined;

  const runId = randomBytes(2).toString('hex');
  run.provide('runId', runId);
  const { TEST_DATABASE_URL: existing } = process.env;
  if (existing) {
    run.provide('postgresUrl', existing);
    return () => dropLeft(existing, runId);
  }

  const server = await startOwnServer();
  run.provide('postgresUrl', server.url);
  return () => server.destroy();
}

/** Drops the databases that the processes of the run have kept for their next test. */
async function dropLeft(url: string, runId: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname ~ $1', [
      `^migtop_test_database_${runId}`,
    ]);
    for (const { datname } of rows) await client.query(`DROP DATABASE ${datname}`);
  } finally {
    await client.end();
  }
}
