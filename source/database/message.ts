import type pg from 'pg';
import { ProtocolViolationError } from './libpq/guarded-stream.ts';
import { type Statement, withLiterals } from './literals.ts';

type Row = Record<string, unknown>;

/** The result of a message. `results` has the rows that arrived, by statement; statements without an answer are missing. */
export type Answer = { readonly results: readonly (readonly Row[])[] } & (
  | {
      readonly kind: 'done';
      /** The commit waited for a synchronous standby and the wait was cancelled: perhaps only this server has the change. */
      readonly isUnconfirmed: boolean;
      /** Whether the server is ready for the next message: it may have ended the connection after the commit. */
      readonly isReady: boolean;
    }
  /** The server rolled everything back. `completed`: how many statements ran before the one that failed. */
  | { readonly kind: 'failed'; readonly error: unknown; readonly completed: number }
  /** The connection ended, or the answer did not arrive: the server may or may not have committed. */
  | { readonly kind: 'lost'; readonly error: unknown }
  /** Nothing was sent. */
  | { readonly kind: 'not sent'; readonly error: unknown }
);

interface Field {
  readonly name: string;
  readonly dataTypeID: number;
}

/** Maximum number of rows of a message: its queries limit theirs to some ten thousand. */
const mostRows = 1_000_000;

/** A column of the rows that arrive, and how its values are parsed. */
interface ParsedField {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/**
 * Several statements as one message of the simple query protocol, without BEGIN and COMMIT.
 *
 * PostgreSQL runs such a message as one implicit transaction (manual, 54.2.2.1): SET LOCAL and SET TRANSACTION work in it,
 * an error rolls all of it back, and it ends without a further message. So migtop is never idle in a transaction, even if
 * this program or the network fails. The server sends the last statement's CommandComplete after the commit, and everything
 * before it before the commit.
 */
export class Message {
  readonly answer: Promise<Answer>;
  readonly #text: string;
  readonly #statements: number;
  readonly #parserOf: (type: number) => (text: string) => unknown;
  readonly #results: Row[][] = [];
  #fields: readonly ParsedField[] = [];
  #rows: Row[] = [];
  #rowCount = 0;
  #completed = 0;
  #isSent = false;
  #isUnconfirmed = false;
  #isReady = false;
  #failure: unknown = null;
  #resolve: (answer: Answer) => void = () => {};

  constructor(statements: readonly Statement[], client: pg.ClientBase) {
    this.#text = statements.map((statement) => withLiterals(statement).trim().replace(/;$/, '')).join(';\n');
    this.#statements = statements.length;
    this.#parserOf = (type) => client.getTypeParser(type, 'text') as (text: string) => unknown;
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Ends the wait. The answer contains the results that have arrived. */
  giveUp(error: unknown): void {
    this.#end('lost', error);
  }

  // pg calls the methods below.

  submit(connection: pg.Connection): void {
    this.#isSent = true;
    const notice = (message: { routine?: string }): void => {
      // Identified by the server function that writes the warning: the text is translated, and the code is that of any warning.
      if (message.routine === 'SyncRepWaitForLSN') this.#isUnconfirmed = true;
    };
    const ready = (): void => {
      connection.off('error', violated);
      connection.off('notice', notice);
      connection.off('end', ended);
      this.#end(this.#failure === null ? 'lost' : 'failed', this.#failure);
    };
    const ended = (): void => {
      connection.off('error', violated);
      connection.off('notice', notice);
      connection.off('readyForQuery', ready);
      this.#end('lost', this.#failure ?? new Error('Connection terminated unexpectedly'));
    };
    // Its end alone does not say why the stream was destroyed.
    const violated = (error: unknown): void => {
      if (error instanceof ProtocolViolationError) this.#failure ??= error;
    };
    connection.on('error', violated);
    connection.on('notice', notice);
    connection.once('readyForQuery', ready);
    connection.once('end', ended);
    connection.query(this.#text);
  }

  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({ name, parse: this.#parserOf(dataTypeID) }));
    this.#begin();
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    // The stream ends the connection: what arrives is no answer of PostgreSQL.
    if (++this.#rowCount > mostRows) throw new Error('the server sent too many rows');
    const row: Row = {};
    for (let index = 0; index < this.#fields.length; index++) {
      const { name, parse } = this.#fields[index] as ParsedField;
      const text = fields[index] ?? null;
      row[name] = text === null ? null : parse(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete(): void {
    // A statement without rows has no RowDescription.
    if (this.#results.length === this.#completed) this.#begin();
    this.#completed += 1;
  }

  handleError(error: unknown): void {
    this.#failure = error;
    // FATAL and PANIC are the same in every language, other severities may be translated. After an ERROR the server sends
    // ReadyForQuery; after FATAL or PANIC it ends the connection.
    const severity = error instanceof Error && 'severity' in error ? error.severity : null;
    if (severity === null || severity === 'FATAL' || severity === 'PANIC') this.#end('lost', error);
  }

  handleReadyForQuery(): void {
    this.#isReady = true;
    this.#end('lost', new Error('the server did not answer all of it'));
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: pg.Connection & { sendCopyFail?: (why: string) => void }): void {
    connection.sendCopyFail?.('No source stream defined');
  }

  handleCopyData(): void {}

  #begin(): void {
    this.#rows = [];
    this.#results.push(this.#rows);
  }

  #end(kind: 'failed' | 'lost', error: unknown): void {
    const results = this.#results;
    // The transaction is committed: a later error does not change that.
    if (this.#completed === this.#statements)
      this.#resolve({ kind: 'done', results, isUnconfirmed: this.#isUnconfirmed, isReady: this.#isReady });
    else if (!this.#isSent) this.#resolve({ kind: 'not sent', results, error });
    else if (kind === 'failed') this.#resolve({ kind, results, error, completed: this.#completed });
    else this.#resolve({ kind, results, error });
  }
}
