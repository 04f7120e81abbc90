import pg from 'pg';
import { codeOf, DatabaseError, sqlStateOf } from '../database-error.ts';
import { allowedAuthentication, passwordFileProblem, passwordFromFile } from './authentication.ts';
import { DialError, type Failure, PasswordNeededError, WrongSessionError } from './dial-error.ts';
import { type Encryption, encryptionsOf } from './encryption.ts';
import { type AllowedAuthentication, AuthenticationMethodError, GuardedStream } from './guarded-stream.ts';
import { type Endpoint, endpointsOf, openSocket } from './open-socket.ts';
import type { Server, SessionKind, Settings } from './settings.ts';

/** A connection that is ready for queries. */
export interface Dialled {
  readonly client: pg.Client;
  /** The address that answered, and how the connection is encrypted: a cancel request needs the same of both. */
  readonly endpoint: Endpoint;
  readonly encryption: Encryption;
  /** How many bytes have arrived from the server. */
  readonly heardBytes: () => number;
  /** Closes the connection at once, also during a query. */
  readonly destroy: () => void;
}

const cannotConnectNow = '57P03';
const lateMessage = 'timeout expired';

/**
 * Connects as libpq does (PostgreSQL manual, 34.1.1.3, 34.19.1; `PQconnectPoll`): tries each server, each of its addresses
 * and each encryption that `sslmode` allows, at every connection. A server that answers and refuses ends the search,
 * unless it is starting up or of the wrong kind.
 *
 * @param password the password that the user typed, used if the settings and the password file have none
 * @throws {DialError | DatabaseError | PasswordNeededError}
 */
export async function dial(settings: Settings, password: string | null): Promise<Dialled> {
  const failures: Failure[] = [];
  const kinds: SessionKind[] = settings.sessionKind === 'prefer-standby' ? ['standby', 'any'] : [settings.sessionKind];
  // Invalid settings are refused before anything is sent.
  const allowed = allowedAuthentication(settings.parameters);
  const plans = settings.servers.map((server) => ({ server, encryptions: encryptionsOf(settings, server) }));
  for (const kind of kinds) {
    for (const { server, encryptions } of shuffled(plans, settings.isBalanced)) {
      const found = await dialServer(server, encryptions, kind);
      if (found === 'stop') throw new DialError(byWeight(failures));
      if (found !== null) return found;
    }
  }
  throw new DialError(byWeight(failures));

  async function dialServer(
    server: Server,
    encryptions: readonly Encryption[],
    kind: SessionKind,
  ): Promise<Dialled | 'stop' | null> {
    let endpoints: Endpoint[];
    try {
      endpoints = shuffled(await endpointsOf(server), settings.isBalanced);
    } catch (error) {
      failures.push({ server, encryption: null, error });
      return null;
    }
    for (const endpoint of endpoints) {
      let verdict: 'next' | 'stop' = 'next';
      for (const encryption of encryptions) {
        try {
          return await attempt(settings, endpoint, encryption, allowed, kind, password);
        } catch (error) {
          if (error instanceof PasswordNeededError) throw error;
          failures.push({ server, encryption, error });
          verdict = endsSearch(error) ? 'stop' : 'next';
          // libpq tries the other encryption after every failure except these.
          if (isUnreachable(error) || error instanceof AuthenticationMethodError || error instanceof WrongSessionError)
            break;
        }
      }
      if (verdict === 'stop') return 'stop';
    }
    return null;
  }
}

/** No server answered: another encryption would fail too. */
function isUnreachable(error: unknown): boolean {
  const isLate = error instanceof Error && error.message === lateMessage;
  return (
    isLate || ['ECONNREFUSED', 'ENOENT', 'EACCES', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'].includes(codeOf(error))
  );
}

function endsSearch(error: unknown): boolean {
  if (error instanceof AuthenticationMethodError) return true;
  const state = sqlStateOf(error);
  return state !== '' && state !== cannotConnectNow;
}

/**
 * How many iterations of SCRAM a server may ask for: some seconds of one core (PostgreSQL's default is 4,096). libpq accepts any number, and
 * a hostile server could keep this process busy permanently: nothing ends a key derivation that has begun.
 */
const mostIterations = 5_000_000;

async function attempt(
  settings: Settings,
  endpoint: Endpoint,
  wanted: Encryption,
  allowed: AllowedAuthentication,
  kind: SessionKind,
  password: string | null,
): Promise<Dialled> {
  const late = new AbortController();
  const timer =
    settings.connectTimeoutMs === null
      ? undefined
      : setTimeout(() => late.abort(new Error(lateMessage)), settings.connectTimeoutMs);
  let client: pg.Client | undefined;
  let stream: GuardedStream | undefined;
  try {
    const { socket, isEncrypted } = await openSocket(endpoint, wanted, settings, late.signal);
    const encryption: Encryption = isEncrypted ? wanted : { kind: 'none' };
    stream = new GuardedStream(socket, allowed, settings.session);
    const guarded = stream;
    client = clientOn(guarded, settings, endpoint, encryption, allowed, password);
    // Without a listener, an error between two queries would end the process.
    client.on('error', () => {});
    const failed = new Promise<never>((_, reject) => {
      guarded.once('error', reject);
      late.signal.addEventListener('abort', () => reject(late.signal.reason), { once: true });
    });
    failed.catch(() => {});
    await Promise.race([client.connect(), failed]);
    await Promise.race([checkKind(client, kind), failed]);
    return {
      client,
      endpoint,
      encryption,
      heardBytes: () => guarded.heardBytes,
      destroy: () => void guarded.destroy(),
    };
  } catch (error) {
    stream?.destroy();
    // pg reports some errors as the end of the connection; the error of the guarded stream is the actual one.
    throw stream?.errored ?? error;
  } finally {
    clearTimeout(timer);
  }
}

function clientOn(
  stream: GuardedStream,
  settings: Settings,
  { server }: Endpoint,
  encryption: Encryption,
  allowed: AllowedAuthentication,
  password: string | null,
): pg.Client {
  return new pg.Client({
    host: server.name,
    port: server.port,
    user: settings.user,
    database: settings.database,
    password: async () => {
      const found = settings.password ?? (await passwordFromFile(settings, server)) ?? password;
      if (found === null) throw new PasswordNeededError(await passwordFileProblem(settings));
      return found;
    },
    ssl: false,
    stream: () => stream,
    application_name: settings.applicationName,
    ...(settings.options !== undefined && { options: settings.options }),
    enableChannelBinding: encryption.kind === 'tls' && allowed.channelBinding !== 'disable',
    scramMaxIterations: mostIterations,
  } as pg.ClientConfig);
}

async function checkKind(client: pg.Client, kind: SessionKind): Promise<void> {
  if (kind === 'any' || kind === 'prefer-standby') return;
  const { rows } = await client.query({
    text: "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only')",
    rowMode: 'array',
  });
  const [inRecovery, readOnly]: readonly unknown[] = rows[0] ?? [];
  const isStandby = inRecovery === true;
  const isReadOnly = readOnly === 'on';
  const fits = { 'read-write': !isReadOnly, 'read-only': isReadOnly, primary: !isStandby, standby: isStandby }[kind];
  if (fits) return;
  // libpq's words.
  const problem =
    kind === 'primary' || kind === 'standby'
      ? `server is ${isStandby ? '' : 'not '}in hot standby mode`
      : `session is ${isReadOnly ? '' : 'not '}read-only`;
  throw new WrongSessionError(`${problem} (target_session_attrs=${kind})`);
}

/** The most important reason first: an answer of a server, then a failure of the connection. */
function byWeight(failures: readonly Failure[]): Failure[] {
  const weight = ({ error }: Failure): number =>
    error instanceof DatabaseError || error instanceof AuthenticationMethodError || sqlStateOf(error) !== '' ? 0 : 1;
  return [...failures].sort((a, b) => weight(a) - weight(b));
}

function shuffled<T>(items: readonly T[], isBalanced: boolean): T[] {
  const order = items.map((item) => ({ item, place: isBalanced ? Math.random() : 0 }));
  return order.sort((a, b) => a.place - b.place).map(({ item }) => item);
}
