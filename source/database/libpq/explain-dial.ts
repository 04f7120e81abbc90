import { cleanLine } from '../../domain/clean-text.ts';
import { withoutSecrets } from '../../domain/quotable.ts';
import { codeOf, DatabaseError, type DatabaseErrorKind, explain, messageOf, placeOf } from '../database-error.ts';
import { DialError, PasswordNeededError, WrongSessionError } from './dial-error.ts';
import { AuthenticationMethodError, EarlyRefusalError, ProtocolViolationError } from './guarded-stream.ts';
import { NotPostgresError } from './open-socket.ts';
import type { Settings } from './settings.ts';

type Where = Readonly<{ host: string; port: number; user: string; database: string }>;

/** PgBouncer gives this code to whatever goes wrong before the login is over. */
const protocolViolation = '08P01';

/** Turns what dialling throws into an error that names every reason, the one that matters first, and the remedy. */
export function explainDial(error: unknown, settings: Settings): DatabaseError {
  const [first] = settings.servers;
  const where = { host: first?.name ?? '', port: first?.port ?? 0, user: settings.user, database: settings.database };
  if (!(error instanceof DialError)) return explainOne(error, where);
  const explained = error.failures.map((failure) =>
    explainOne(failure.error, { ...where, host: failure.server.name, port: failure.server.port }),
  );
  const [main, ...others] = explained.filter(
    ({ message }, index) => explained.findIndex((one) => one.message === message) === index,
  );
  if (main === undefined) return explainOne(error, where);
  if (others.length === 0) return main;
  const reasons = others.map(({ message }) => message).join(' Also: ');
  return new DatabaseError(main.kind, `${main.message} Also: ${reasons}`, main.cause, main.secrets);
}

function explainOne(error: unknown, typed: Where): DatabaseError {
  const { where, server, secrets } = placeOf(typed);
  const fail = (kind: DatabaseErrorKind, text: string): DatabaseError =>
    new DatabaseError(kind, withoutSecrets(text, secrets), error, secrets);
  if (error instanceof PasswordNeededError)
    return fail(
      'authentication',
      `${server} asks user "${where.user}" for a password and none was given. ${error.fileProblem === null ? 'Set PGPASSWORD, or add a line to ~/.pgpass (which nobody else may read).' : `The ${error.fileProblem}.`}`,
    );
  if (error instanceof AuthenticationMethodError)
    return fail('authentication', `No login at ${server}: ${error.message}. ${error.remedy}`);
  if (error instanceof NotPostgresError)
    return fail(
      'not-postgresql',
      `What answers at ${server} is not a PostgreSQL (it says "${cleanLine(error.says).trim()}"). Check the port.`,
    );
  if (error instanceof EarlyRefusalError)
    return fail('unreachable', `${server} refuses the connection: ${error.message}. Check the server's log.`);
  if (error instanceof ProtocolViolationError)
    return fail('not-postgresql', `What answers at ${server} breaks the PostgreSQL protocol: ${error.message}.`);
  if (error instanceof WrongSessionError)
    return fail('unreachable', `${server} is not the kind of server that is wanted: ${error.message}.`);
  if (codeOf(error) === 'ETLSREFUSED')
    return fail(
      'unreachable',
      `${server} does not speak TLS and sslmode asks for it. Set sslmode=prefer or disable if that is right.`,
    );
  if (codeOf(error) === protocolViolation) return explainPooler(messageOf(error), where, server, fail);
  return explain(error, typed);
}

/** What PgBouncer means is in its words alone: it has one code for all of it, and one language. */
function explainPooler(
  said: string,
  where: Where,
  server: string,
  fail: (kind: DatabaseErrorKind, text: string) => DatabaseError,
): DatabaseError {
  // The second is what PostgreSQL tells the pooler.
  if (/no such database|^database ".*" does not exist$/i.test(said))
    return fail('no-database', `The pooler at ${server} knows no database "${where.database}" (${said}).`);
  if (/password authentication failed|no such user|SASL authentication failed|login failed|auth failed/i.test(said))
    return fail(
      'authentication',
      `The pooler at ${server} refuses user "${where.user}" (${said}). Check PGPASSWORD, ~/.pgpass or the URL.`,
    );
  if (/unsupported startup parameter/i.test(said))
    return fail(
      'failed',
      `The pooler at ${server} does not take options (${said}). Leave out options and PGOPTIONS, or add it to ignore_startup_parameters.`,
    );
  if (
    /query_wait_timeout|server_login_retry|server conn crashed|server login has been failing|connect failed/i.test(said)
  )
    return fail(
      'unreachable',
      `The pooler at ${server} gets no connection to the server of database "${where.database}" (${said}). Check that server, and the size of the pool.`,
    );
  return fail('unreachable', `The pooler at ${server} refuses the connection: ${said}.`);
}
