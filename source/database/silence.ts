import { DatabaseError, sqlStateOf } from './database-error.ts';
import { backendKeyOf } from './libpq/backend-key.ts';
import type { Dialled } from './libpq/dial.ts';
import { DialError, PasswordNeededError } from './libpq/dial-error.ts';

/** Why a query has no answer, as a second connection finds out. */
export type Silence =
  /** A new connection gets no answer either. */
  | 'line down'
  /** The server still runs the query. */
  | 'query slow'
  /** The server has answered, but the answer has not arrived. */
  | 'answer lost'
  /** The server answers but does not show the query, for example behind a pooler. */
  | 'server up';

/** Maximum time of a new connection with its only query: the screen reports a missing answer within 5 s. */
const patienceMs = 1500;

export interface Judged {
  readonly silence: Silence;
  /** The connections whose query the server has answered. */
  readonly answered: readonly Dialled[];
}

/**
 * Reads over a new connection the state of the queries of other connections. Never throws.
 *
 * @param silent the connections without an answer; empty if none is open yet
 */
export async function whySilent(open: () => Promise<Dialled>, silent: readonly Dialled[]): Promise<Judged> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let opened: Dialled | undefined;
  const late = new Promise<Judged>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      opened?.destroy();
      resolve(withoutAnswers('line down'));
    }, patienceMs);
  });
  const judgement = open().then(
    async (dialled) => {
      opened = dialled;
      if (isLate) dialled.destroy();
      const judged = await judge(dialled, silent);
      void dialled.client.end().catch(() => {});
      return judged;
    },
    (error: unknown) => withoutAnswers(isAnswer(error) ? 'server up' : 'line down'),
  );
  const judged = await Promise.race([judgement.catch(() => withoutAnswers('line down')), late]);
  clearTimeout(timer);
  return judged;
}

function withoutAnswers(silence: Silence): Judged {
  return { silence, answered: [] };
}

async function judge({ client, endpoint }: Dialled, silent: readonly Dialled[]): Promise<Judged> {
  // The process IDs of another server mean other processes.
  const same = silent.filter((one) => one.endpoint.ip === endpoint.ip && one.endpoint.server === endpoint.server);
  const { rows } = await client.query({
    text: `SELECT pg_catalog.pg_backend_pid() AS own, pid, state FROM pg_catalog.pg_stat_activity
      WHERE pid OPERATOR(pg_catalog.=) ANY (ARRAY[${same.map(processOf).join(', ')}]::pg_catalog.int4[])
        OR pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()`,
  });
  const states = new Map(rows.map(({ pid, state }) => [Number(pid), String(state)]));
  const own = Number((rows[0] as { own: number } | undefined)?.own);
  // A pooler reports its own process IDs.
  if (own !== processOf({ client })) return withoutAnswers('server up');
  const stateOf = (one: Dialled): string | undefined => states.get(processOf(one));
  const answered = same.filter((one) => stateOf(one) === 'idle');
  if (same.some((one) => stateOf(one) === 'active')) return { silence: 'query slow', answered };
  return { silence: answered.length > 0 ? 'answer lost' : 'server up', answered };
}

function processOf({ client }: Pick<Dialled, 'client'>): number {
  return backendKeyOf(client)?.processId ?? 0;
}

/** Whether a server refused the connection, which is an answer too. */
function isAnswer(error: unknown): boolean {
  const cause = error instanceof DialError ? error.cause : error;
  return cause instanceof DatabaseError || cause instanceof PasswordNeededError || sqlStateOf(cause) !== '';
}
