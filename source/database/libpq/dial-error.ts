import { messageOf } from '../database-error.ts';
import type { Encryption } from './encryption.ts';
import type { Server } from './settings.ts';

/** The server asked for a password and there is none. */
export class PasswordNeededError extends Error {
  /** Why the password file is not used; null where it has no password for this server, or where there is none. */
  readonly fileProblem: string | null;

  constructor(fileProblem: string | null) {
    super('the server asks for a password, and none was given');
    this.name = 'PasswordNeededError';
    this.fileProblem = fileProblem;
  }
}

/** The session is not of the kind that `target_session_attrs` asks for. */
export class WrongSessionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WrongSessionError';
  }
}

/** Why one attempt to connect failed. */
export interface Failure {
  readonly server: Server;
  /** Null where the address of the server could not be found. */
  readonly encryption: Encryption | null;
  readonly error: unknown;
}

/** No server could be used. `failures` has the reason of each attempt, the one that matters first. */
export class DialError extends Error {
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ error }) => messageOf(error)).join('; '), { cause: failures[0]?.error });
    this.name = 'DialError';
    this.failures = failures;
  }
}
