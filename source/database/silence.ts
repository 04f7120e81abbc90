import { DatabaseError, sqlStateOf } from './database-error.ts';
import type { Dialled } from './libpq/dial.ts';
import { DialError, PasswordNeededError } from './libpq/dial-error.ts';

/** Why a query has not been answered, as far as a second connection can tell. */
export type Silence =
  /** A new connection is not answered either. */
  | 'line down'
  /** The server still runs the query. */
  | 'query slow'
  /** The server has answered, and the answer has not arrived. */
  | 'answer lost'
  /** The server answers; of the query it tells nothing, as behind a pooler. */
  | 'server up';

/** How long a new connection and its only query may take together: the first sign is due within 5 s of silence. */
const patienceMs = 1500;

export interface Judged {
  readonly silence: Silence;
  /** The connections whose query the server has answered. */
  readonly answered: readonly Dialled[];
}

/**
 * Asks over a new connection what became of the queries of others. Never throws.
 *
 * @param silent the connections that are not answered; none where none has been made yet
 */
export async function whySilent(open: () => Promise<Dialled>, silent: readonly Dialled[]): Promise<Judged> {
  let timer: NodeJS.Timeout | undefined;
  let isLate = false;
  let opened: Dialled | undefined;
  const late = new Promise<Judged>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      opened?.destroy();
      resolve(nobody('line down'));
    }, patienceMs);
  });
  const told = open().then(
    async (dialled) => {
      opened = dialled;
      if (isLate) dialled.destroy();
      const judged = await judge(dialled, silent);
      void dialled.client.end().catch(() => {});
      return judged;
    },
    (error: unknown) => nobody(isAnswer(error) ? 'server up' : 'line down'),
  );
  const judged = await Promise.race([told.catch(() => nobody('line down')), late]);
  clearTimeout(timer);
  return judged;
}

function nobody(silence: Silence): Judged {
  return { silence, answered: [] };
}

async function judge({ client, endpoint }: Dialled, silent: readonly Dialled[]): Promise<Judged> {
  // Another server has other processes.
  const same = silent.filter((one) => one.endpoint.ip === endpoint.ip && one.endpoint.server === endpoint.server);
  const { rows } = await client.query({
    text: `SELECT pg_catalog.pg_backend_pid() AS own, pid, state FROM pg_catalog.pg_stat_activity
      WHERE pid OPERATOR(pg_catalog.=) ANY (ARRAY[${same.map(processOf).join(', ')}]::pg_catalog.int4[])
        OR pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()`,
  });
  const states = new Map(rows.map(({ pid, state }) => [Number(pid), String(state)]));
  const own = Number((rows[0] as { own: number } | undefined)?.own);
  // A pooler names processes of its own.
  if (own !== processOf({ client })) return nobody('server up');
  const stateOf = (one: Dialled): string | undefined => states.get(processOf(one));
  const answered = same.filter((one) => stateOf(one) === 'idle');
  if (same.some((one) => stateOf(one) === 'active')) return { silence: 'query slow', answered };
  return { silence: answered.length > 0 ? 'answer lost' : 'server up', answered };
}

function processOf({ client }: Pick<Dialled, 'client'>): number {
  return (client as unknown as { processID: number | null }).processID ?? 0;
}

/** Whether a server said no, which is an answer too. */
function isAnswer(error: unknown): boolean {
  const cause = error instanceof DialError ? error.cause : error;
  return cause instanceof DatabaseError || cause instanceof PasswordNeededError || sqlStateOf(cause) !== '';
}
