import pg from 'pg';
import { applicationOf, backendIfConnected, bytesReadBy } from '../test/support/pg-client.ts';

/** One statement sent over a connection. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The traffic of the connections with one application_name, which the library under test opens itself. */
export interface Wire {
  /** How many bytes all these connections have received. */
  bytesRead(): number;
  /** The process ids of their backends. */
  backends(): number[];
  /** The statements sent since the last call. */
  takeStatements(): Statement[];
  forget(): void;
}

interface Opened {
  readonly client: pg.Client;
  readonly application: string;
  hasEnded: boolean;
}

const opened = new Set<Opened>();
const statements = new Map<string, Statement[]>();
let watching = false;

/** Watches the connections that will be opened with this application_name. */
export function watchWire(application: string): Wire {
  hook();
  statements.set(application, []);
  const own = (): Opened[] => [...opened].filter((one) => one.application === application);
  return {
    bytesRead: () => own().reduce((bytes, { client }) => bytes + bytesReadBy(client), 0),
    backends: () =>
      own().flatMap(({ client, hasEnded }) => {
        const backend = backendIfConnected(client);
        return backend === null || hasEnded ? [] : [backend];
      }),
    takeStatements() {
      const taken = statements.get(application) ?? [];
      statements.set(application, []);
      return taken;
    },
    forget() {
      statements.delete(application);
      for (const one of opened) if (one.application === application) opened.delete(one);
    },
  };
}

function hook(): void {
  if (watching) return;
  watching = true;
  const { connect, query } = pg.Client.prototype;
  pg.Client.prototype.connect = function hooked(this: pg.Client, ...args: unknown[]) {
    const application = applicationOf(this);
    if (application !== undefined && statements.has(application)) {
      const one: Opened = { client: this, application, hasEnded: false };
      opened.add(one);
      this.once('end', () => {
        one.hasEnded = true;
      });
    }
    return Reflect.apply(connect, this, args);
  } as typeof connect;
  pg.Client.prototype.query = function hooked(this: pg.Client, ...args: unknown[]) {
    for (const { client, application } of opened) if (client === this) record(application, args);
    return Reflect.apply(query, this, args);
  } as typeof query;
}

function record(application: string, [first, second]: readonly unknown[]): void {
  const config = first as string | { text: string; values?: unknown[] };
  const text = typeof config === 'string' ? config : config.text;
  const values = typeof config === 'string' ? second : (config.values ?? second);
  statements.get(application)?.push({ text, values: Array.isArray(values) ? values : [] });
}

/**
 * How many shared buffers the statements access, in cache or not, and whether parallel workers run. It runs the statements
 * again on the given connection.
 */
export async function buffersTouched(
  client: pg.Client,
  sent: readonly Statement[],
): Promise<{ readonly buffers: number; readonly isParallel: boolean }> {
  const plans: Plan[] = [];
  for (const { text, values } of sent.filter((statement) => isRead(statement.text))) {
    const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      [...values],
    );
    plans.push(...rows.flatMap((row) => row['QUERY PLAN'].map(({ Plan }) => Plan)));
  }
  return {
    buffers: plans.reduce((total, plan) => total + plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], 0),
    isParallel: /"Workers Launched":[1-9]/.test(JSON.stringify(plans)),
  };
}

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

function isRead(text: string): boolean {
  return /^(?:\s|--.*\n)*(?:WITH|SELECT|\()/i.test(text);
}
