import { cleanLine } from '../domain/clean-text.ts';
import { isPlainName, isPlainUser, shownName, withoutSecrets } from '../domain/quotable.ts';
import { quoteName } from '../domain/quote-name.ts';

/** The kinds of error before or while migtop watches a database. commands/exit-codes.ts has the exit code of each. */
export type DatabaseErrorKind =
  | 'usage'
  | 'unreachable'
  | 'not-postgresql'
  | 'authentication'
  | 'no-database'
  | 'no-table'
  | 'unfit-table'
  | 'no-privilege'
  | 'failed';

/** An error whose message is one line with the reason and the remedy. `cause` is the original error. */
export class DatabaseError extends Error {
  readonly kind: DatabaseErrorKind;
  /** Texts of the causes that no message may repeat, because they may be passwords. */
  readonly secrets: readonly string[];

  constructor(kind: DatabaseErrorKind, message: string, cause?: unknown, secrets: readonly string[] = []) {
    super(cleanLine(message), cause === undefined ? undefined : { cause });
    this.name = 'DatabaseError';
    this.kind = kind;
    this.secrets = secrets;
  }
}

/** SQLSTATEs by name (PostgreSQL manual, appendix A). */
export const sqlState = {
  invalidPassword: '28P01',
  invalidAuthorization: '28000',
  invalidCatalogName: '3D000',
  undefinedTable: '42P01',
  undefinedColumn: '42703',
  insufficientPrivilege: '42501',
  tooManyConnections: '53300',
  cannotConnectNow: '57P03',
  adminShutdown: '57P01',
  idleSessionTimeout: '57P05',
  queryCanceled: '57014',
  transactionTimeout: '25P04',
  lockNotAvailable: '55P03',
  serializationFailure: '40001',
  readOnlyTransaction: '25006',
  invalidName: '42602',
  duplicateCursor: '42P03',
  invalidSchemaName: '3F000',
  syntaxError: '42601',
  invalidParameterValue: '22023',
  featureNotSupported: '0A000',
  checkViolation: '23514',
} as const;

/** The SQLSTATE or the system's error code (`ECONNREFUSED`) of a thrown value, or ''. */
export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Node throws one AggregateError for all addresses of a host name.
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return '';
}

/** The SQLSTATE of an error that the server reported, or ''. The system's code `EPIPE` has five letters too. */
export function sqlStateOf(error: unknown): string {
  // Checks the fields, not pg's class, so that `migtop --help` does not load pg.
  return error instanceof Error && 'severity' in error ? codeOf(error) : '';
}

/** The function in the server's source that reported an error, or ''. */
export function routineOf(error: unknown): string {
  return error instanceof Error && 'routine' in error ? String(error.routine) : '';
}

/** The message of a thrown value, on one line and without control sequences. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return cleanLine(error instanceof Error ? error.message : String(error));
}

/** The place of a failure for messages, and the texts that no message may repeat. */
export function connectionPlace(typed: { host: string; port: number; user: string; database: string }) {
  // The user may have typed a password in place of a name, and the server's message repeats it.
  const where = {
    host: shownName(typed.host),
    port: typed.port,
    user: shownName(typed.user, isPlainUser),
    database: shownName(typed.database),
  };
  const secrets = [
    ...[typed.host, typed.database].filter((name) => !isPlainName(name)),
    ...[typed.user].filter((name) => !isPlainUser(name)),
  ].flatMap((name) => [name, cleanLine(name)]);
  const server = where.host.startsWith('/')
    ? `socket ${where.host}/.s.PGSQL.${where.port}`
    : `${where.host}:${where.port}`;
  return { where, server, secrets };
}

/** Converts an error that `pg` throws while connecting or querying to one that names the remedy. */
export function explain(
  error: unknown,
  typed: { host: string; port: number; user: string; database: string },
): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const code = codeOf(error);
  const { where, server, secrets } = connectionPlace(typed);
  const message = withoutSecrets(messageOf(error), secrets);
  switch (code) {
    case 'ECONNREFUSED':
      return fail(
        'unreachable',
        `No PostgreSQL answers at ${server} (connection refused). Check host and port, and that the server is running.`,
      );
    case 'ENOENT':
      return fail(
        'unreachable',
        `There is no ${server}. Check the directory of the socket and that the server is running.`,
      );
    case 'EACCES':
      return fail(
        'unreachable',
        `${server} may not be opened by this system user. Connect over TCP with host=… or ask for access to the socket.`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(
        'unreachable',
        `The name ${where.host} does not resolve (${code}). Check the spelling of the host, or the DNS of this machine.`,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return fail(
        'unreachable',
        `${server} cannot be reached (${code}). Check the route, the firewall, and whether a tunnel is needed.`,
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return fail(
        'unreachable',
        `${server} closed the connection. Check the server's log, and whether it asks for TLS (sslmode=require).`,
      );
    case sqlState.invalidPassword:
      return fail(
        'authentication',
        `${server} refuses the password of user "${where.user}". Check PGPASSWORD, ~/.pgpass or the URL.`,
      );
    case sqlState.invalidAuthorization:
      return fail(
        'authentication',
        `${server} rejects user "${where.user}": ${message}. Check the user name, and pg_hba.conf on the server.`,
      );
    case sqlState.invalidCatalogName:
      return fail(
        'no-database',
        `There is no database "${where.database}" at ${server}. List the databases with: psql -l`,
      );
    case sqlState.insufficientPrivilege:
      return fail(
        'no-privilege',
        // CheckMyDatabase checks the CONNECT privilege. The message does not identify it, because it may be translated.
        routineOf(error) === 'CheckMyDatabase'
          ? `User "${where.user}" may not connect to database "${where.database}": ${message}. Ask its owner for: GRANT CONNECT ON DATABASE ${quoteName(where.database)} TO ${quoteName(where.user)}`
          : `User "${where.user}" lacks a privilege: ${message}. Ask the owner of that object.`,
      );
    case sqlState.tooManyConnections:
      return fail(
        'unreachable',
        `${server} has no connection left for user "${where.user}" (${message}). Close another session or raise the limit.`,
      );
    case sqlState.cannotConnectNow:
    case sqlState.adminShutdown:
      return fail('unreachable', `${server} is starting up or shutting down (${message}). Try again in a moment.`);
    case sqlState.transactionTimeout:
      return fail(
        'unreachable',
        `${server} ended the connection by its transaction_timeout: ${message}. Raise it for this role: ALTER ROLE ${quoteName(where.user)} SET transaction_timeout = '30s'`,
      );
    case sqlState.queryCanceled:
    case sqlState.lockNotAvailable:
      return fail(
        'failed',
        `The server stopped the query: ${message} (${code}). Check statement_timeout and lock_timeout of role "${where.user}", and what holds a lock on the table.`,
      );
    case sqlState.undefinedTable:
      return fail('no-table', `The table is gone: ${message}. Create it with: migtop init --apply`);
    case sqlState.undefinedColumn:
      return fail('unfit-table', `The table changed while it was watched: ${message}. Start migtop again.`);
  }
  // By its name: an import would be a circle.
  if (error instanceof Error && error.name === 'ProtocolViolationError')
    return fail('unreachable', `${server} violates the PostgreSQL protocol: ${message}. Check what listens there.`);
  // Do not guess the reason from the words of a server's message.
  if (sqlStateOf(error) !== '')
    return fail('failed', `The query failed: ${message} (${code}). Run again with --debug for details.`);
  const [, iterations] = /iteration count (\d+) exceeds scramMaxIterations/.exec(message) ?? [];
  if (iterations !== undefined) {
    return fail(
      'authentication',
      `${server} asks for ${iterations} iterations of SCRAM, more than migtop computes. Check that it is the right server, and set a lower scram_iterations and the password of "${where.user}" again.`,
    );
  }
  if (/password must be a (non-empty )?string|no password|SASL/i.test(message)) {
    return fail(
      'authentication',
      `${server} asks user "${where.user}" for a password and none was given. Set PGPASSWORD, or add a line to ~/.pgpass.`,
    );
  }
  if (/self.signed|certificate|altnames|CERT_/i.test(message + code)) {
    return fail(
      'authentication',
      `The certificate of ${server} is not accepted: ${message}. Name the authority with sslrootcert=FILE, or use a weaker sslmode.`,
    );
  }
  if (/does not support SSL/i.test(message)) {
    return fail(
      'unreachable',
      `${server} does not speak TLS and sslmode asks for it. Set sslmode=prefer or disable if that is right.`,
    );
  }
  if (/timeout expired|connection timeout|timed? ?out/i.test(message)) {
    return fail(
      'unreachable',
      `${server} did not answer in time. Check host and port, the firewall, and that PostgreSQL listens there.`,
    );
  }
  if (
    /Connection terminated|server closed|Client has encountered a connection error|ended by the other/i.test(message)
  ) {
    return fail(
      'unreachable',
      `${server} closed the connection (${message}). Check the server's log, and that PostgreSQL listens there.`,
    );
  }
  if (
    /establishing an SSL connection|unexpected|unknown (message|authenticationOk)|Received invalid|not a PostgreSQL/i.test(
      message,
    )
  ) {
    return fail('not-postgresql', `The server at ${server} is not PostgreSQL (${message}). Check the port.`);
  }
  return fail(
    'failed',
    `The connection to ${server} failed: ${message}${code === '' ? '' : ` (${code})`}. Run again with --debug for details.`,
  );

  function fail(kind: DatabaseErrorKind, text: string): DatabaseError {
    return new DatabaseError(kind, text, error, secrets);
  }
}
