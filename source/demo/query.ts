/** Runs one statement in its own transaction, when no client holds the session. Rejects with PostgreSQL's error. */
export type Query = (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>;
