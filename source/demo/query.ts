/** Runs one statement in a transaction of its own, in turn with whoever else uses the database. May throw. */
export type Query = (text: string, values: unknown[]) => Promise<Record<string, unknown>[]>;
