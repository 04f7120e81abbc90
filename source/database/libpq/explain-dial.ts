import { cleanLine } from '../../domain/clean-text.ts';
import { withoutSecrets } from '../../domain/quotable.ts';
import {
  codeOf,
  connectionPlace,
  DatabaseError,
  type DatabaseErrorKind,
  explain,
  messageOf,
} from '../database-error.ts';
import { DialError, PasswordNeededError, WrongSessionError } from './dial-error.ts';
import { AuthenticationMethodError, EarlyRefusalError, ProtocolViolationError } from './guarded-stream.ts';
import { NotPostgresError } from './open-socket.ts';
import type { Settings } from './settings.ts';

type Where = Readonly<{ host: string; port: number; user: string; database: string }>;

/** PgBouncer's code for every error during login. */
const protocolViolation = '08P01';

/** Makes an error of what `dial` throws: every reason, the most important one first, and the remedy. */
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
  const { where, server, secrets } = connectionPlace(typed);
  const fail = (kind: DatabaseErrorKind, text: string): DatabaseError =>
    new DatabaseError(kind, withoutSecrets(text, secrets), error, secrets);
  if (error instanceof PasswordNeededError)
    return fail(
      'authentication',
      `${server} requires a password for user "${where.user}" and none was supplied. ${error.fileProblem === null ? 'Set PGPASSWORD, or add a line to ~/.pgpass (mode 0600).' : `The ${error.fileProblem}.`}`,
    );
  if (error instanceof AuthenticationMethodError)
    return fail('authentication', `Authentication failed at ${server}: ${error.message}. ${error.remedy}`);
  if (error instanceof NotPostgresError)
    return fail(
      'not-postgresql',
      `The server at ${server} is not PostgreSQL (it answered "${cleanLine(error.answer).trim()}"). Check the port.`,
    );
  if (error instanceof EarlyRefusalError)
    return fail('unreachable', `${server} refused the connection: ${error.message}. Check the server's log.`);
  if (error instanceof ProtocolViolationError)
    return fail('not-postgresql', `The server at ${server} violates the PostgreSQL protocol: ${error.message}.`);
  if (error instanceof WrongSessionError)
    return fail('unreachable', `${server} is not a suitable server: ${error.message}.`);
  if (codeOf(error) === 'ETLSREFUSED')
    return fail(
      'unreachable',
      `${server} does not support SSL, but sslmode requires it. Set sslmode=prefer or disable if an unencrypted connection is acceptable.`,
    );
  if (codeOf(error) === protocolViolation) return explainPooler(messageOf(error), where, server, fail);
  return explain(error, typed);
}

/** PgBouncer has one code for all of these errors, and writes English only: its message tells them apart. */
function explainPooler(
  message: string,
  where: Where,
  server: string,
  fail: (kind: DatabaseErrorKind, text: string) => DatabaseError,
): DatabaseError {
  // The second is PostgreSQL's answer to the pooler.
  if (/no such database|^database ".*" does not exist$/i.test(message))
    return fail('no-database', `The pooler at ${server} has no database "${where.database}" (${message}).`);
  if (/password authentication failed|no such user|SASL authentication failed|login failed|auth failed/i.test(message))
    return fail(
      'authentication',
      `The pooler at ${server} refused user "${where.user}" (${message}). Check PGPASSWORD, ~/.pgpass or the URL.`,
    );
  if (/unsupported startup parameter/i.test(message))
    return fail(
      'failed',
      `The pooler at ${server} does not accept options (${message}). Remove options and PGOPTIONS, or add options to the pooler's ignore_startup_parameters.`,
    );
  if (
    /query_wait_timeout|server_login_retry|server conn crashed|server login has been failing|connect failed/i.test(
      message,
    )
  )
    return fail(
      'unreachable',
      `The pooler at ${server} cannot connect to the server of database "${where.database}" (${message}). Check that server and the pool size.`,
    );
  return fail('unreachable', `The pooler at ${server} refused the connection: ${message}.`);
}
