import { messageOf } from '../database-error.ts';
import type { Encryption } from './encryption.ts';
import type { Server } from './settings.ts';

/** The server requires a password and none was supplied. */
export class PasswordNeededError extends Error {
  /** Why the password file is not used; null if it has no password for this server, or if there is no file. */
  readonly fileProblem: string | null;

  constructor(fileProblem: string | null) {
    super('no password supplied');
    this.name = 'PasswordNeededError';
    this.fileProblem = fileProblem;
  }
}

/** The session is not of the kind that `target_session_attrs` requires. */
export class WrongSessionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongSessionError';
  }
}

/** Why one attempt to connect failed. */
export interface Failure {
  readonly server: Server;
  /** Null if the name of the server did not resolve. */
  readonly encryption: Encryption | null;
  readonly error: unknown;
}

/** No server could be used. `failures` has the reason of each attempt, the most important one first. */
export class DialError extends Error {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ error }) => messageOf(error)).join('; '), { cause: failures[0]?.error });
    this.name = 'DialError';
    this.failures = failures;
  }
}
