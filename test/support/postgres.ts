import type { TestProject } from 'vitest/node';
import { startOwnServer } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of a superuser, on a real PostgreSQL server that all tests of the run share. */
    postgresUrl: string;
  }
}

/**
 * Gives the test run a real PostgreSQL server: the one of `TEST_DATABASE_URL` when that is set (its role has to be
 * allowed to create databases and roles), else one of its own that is removed afterwards.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { TEST_DATABASE_URL: existing } = process.env;
  if (existing) {
    project.provide('postgresUrl', existing);
    return undefined;
  }

  const server = await startOwnServer();
  project.provide('postgresUrl', server.url);
  return () => server.destroy();
}
