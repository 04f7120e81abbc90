import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isWhole } from './message-body.ts';
import { NotPostgresError } from './open-socket.ts';
import { type SessionSettings, withSettings } from './startup-message.ts';

/**
 * What stands between a socket and `pg`. In: the bytes of a server, whatever it is. Out: messages of the protocol
 * whose length is bounded, and before the login is over only those that belong there. An authentication request that
 * is not allowed, or that migtop cannot answer, never reaches `pg`, so that no password leaves. Whatever `pg` throws
 * while it reads a message ends this connection, not the process.
 */

/** The server wants to know who we are in a way that is not allowed, or that migtop does not have. */
export class AuthenticationMethodError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy = 'Ask for another method in its pg_hba.conf.') {
    super(message);
    this.name = 'AuthenticationMethodError';
    this.remedy = remedy;
  }
}

/** What the server sent is no message that belongs here. */
export class ProtocolViolationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProtocolViolationError';
  }
}

/** The server refused before it knew what is spoken: it could not start a process, for example. */
export class EarlyRefusalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EarlyRefusalError';
  }
}

/** How a server may ask who we are. */
export interface AllowedAuthentication {
  /** By the names of libpq's `require_auth`. */
  readonly methods: ReadonlySet<AuthenticationMethod>;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
}

export const authenticationMethods = ['none', 'password', 'md5', 'scram-sha-256', 'gss', 'sspi', 'oauth'] as const;
export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** Requests by their code (PostgreSQL manual, 54.7, Authentication…). */
const requests: Readonly<Record<number, AuthenticationMethod>> = {
  2: 'gss',
  3: 'password',
  5: 'md5',
  6: 'gss',
  7: 'gss',
  9: 'sspi',
  10: 'scram-sha-256',
};
const words: Readonly<Record<AuthenticationMethod, string>> = {
  none: 'no authentication',
  password: 'a password in clear text',
  md5: 'an MD5 password',
  'scram-sha-256': 'SCRAM',
  gss: 'GSSAPI',
  sspi: 'SSPI',
  oauth: 'OAuth',
};

/** No message of the server may be longer: migtop asks for no text without a bound. */
const longestMessage = 64 * 1024 * 1024;
/** Nor may one before the login is over. */
const longestGreeting = 64 * 1024;
const headerBytes = 5;

export class GuardedStream extends Duplex {
  readonly #socket: Socket | TLSSocket;
  readonly #allowed: AllowedAuthentication;
  /** The beginning of a message that is not there as far as it has to be looked at. */
  #pending: Buffer = Buffer.alloc(0);
  /** How many bytes of a message that is handed on are still to come. */
  #left = 0;
  #isLoggedIn = false;
  #heardBytes = 0;
  #asked = false;
  /** Whether SCRAM has begun in which the server has not shown that it knows the password. */
  #isUnproven = false;

  /** What the startup message asks for beside what `pg` puts into it; null when it has been sent. */
  #session: SessionSettings | null;

  constructor(socket: Socket | TLSSocket, allowed: AllowedAuthentication, session: SessionSettings = []) {
    super({ allowHalfOpen: true });
    this.#session = session;
    this.#socket = socket;
    this.#allowed = allowed;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** `pg` asks for this; the socket is connected already. */
  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  /** For channel binding: the certificate that the server has shown. Undefined without TLS, and where that is switched off. */
  get getPeerCertificate(): TLSSocket['getPeerCertificate'] | undefined {
    const socket = this.#socket;
    return 'getPeerCertificate' in socket ? socket.getPeerCertificate.bind(socket) : undefined;
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...(values as []));
    try {
      return super.emit(event, ...(values as []));
    } catch (error) {
      this.destroy(new ProtocolViolationError('the server sent a message that cannot be read', error));
      return true;
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // The first that `pg` sends is the startup message.
    const bytes = this.#session === null ? chunk : withSettings(chunk, this.#session);
    this.#session = null;
    this.#socket.write(bytes, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  /** How many bytes have arrived from the server. */
  get heardBytes(): number {
    return this.#heardBytes;
  }

  #take(bytes: Buffer): void {
    this.#heardBytes += bytes.length;
    try {
      const fit = this.#checked(bytes);
      if (fit.length > 0 && !this.push(fit)) this.#socket.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** What of these bytes, and of those that waited for them, may be handed on. */
  #checked(bytes: Buffer): Buffer {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let at = Math.min(this.#left, all.length);
    this.#left -= at;
    while (all.length - at >= headerBytes) {
      const type = String.fromCharCode(all[at] ?? 0);
      const length = all.readUInt32BE(at + 1);
      if (!this.#isLoggedIn && !this.#asked && !'REvNK'.includes(type)) throw notPostgres(all.subarray(at));
      if (length < 4 || length > (this.#isLoggedIn ? longestMessage : longestGreeting)) {
        if (!this.#asked) throw notPostgres(all.subarray(at));
        throw new ProtocolViolationError(`the server sent a message of the impossible length ${length}`);
      }
      const end = at + 1 + length;
      // Rows may be long, and are handed on as they come; everything else is looked at as a whole.
      if (!this.#isLoggedIn || (type !== 'D' && type !== 'd')) {
        if (end > all.length) break;
        const body = all.subarray(at + headerBytes, end);
        if (!isWhole(type, body))
          throw new ProtocolViolationError(`the server sent a message of type "${type}" that is cut off`);
        if (!this.#isLoggedIn) this.#greet(type, body);
      }
      this.#left = Math.max(0, end - all.length);
      at = Math.min(end, all.length);
    }
    this.#pending = all.subarray(at);
    return all.subarray(0, at);
  }

  /** One whole message before the login is over. */
  #greet(type: string, body: Buffer): void {
    if (type === 'Z') this.#isLoggedIn = true;
    else if (!'REvNKSA'.includes(type))
      throw new ProtocolViolationError(`the server sent a message of type "${type}" before the login was over`);
    if (type !== 'R') return;
    if (body.length < 4) throw new ProtocolViolationError('the server sent an authentication request without a code');
    this.#authenticate(body.readInt32BE(0), body);
  }

  #authenticate(code: number, body: Buffer): void {
    const { channelBinding } = this.#allowed;
    const isFirst = !this.#asked;
    this.#asked = true;
    // AuthenticationSASLContinue and AuthenticationSASLFinal; what is in them is for `pg` to verify.
    if (code === 11 || code === 12) {
      if (code === 12) this.#isUnproven = false;
      return;
    }
    if (code === 0) {
      if (isFirst) this.#demand('none');
      else this.#demandProof();
      return;
    }
    this.#isUnproven = code === 10;
    const method = requests[code];
    if (method === undefined)
      throw new AuthenticationMethodError(`the server asks for an authentication of an unknown kind (${code})`);
    const mechanisms =
      code === 10
        ? body
            .toString('latin1', 4)
            .split('\0')
            .filter((one) => one !== '')
        : [];
    const isOauth =
      code === 10 && !mechanisms.some((one) => one.startsWith('SCRAM-')) && mechanisms.includes('OAUTHBEARER');
    this.#demand(isOauth ? 'oauth' : method);
    if (isOauth || method === 'gss' || method === 'sspi')
      throw new AuthenticationMethodError(
        `the server asks for ${words[isOauth ? 'oauth' : method]}, which migtop cannot do`,
      );
    if (code === 10 && !mechanisms.some((one) => one.startsWith('SCRAM-SHA-256')))
      throw new AuthenticationMethodError(
        `the server offers none of the kinds of SCRAM that migtop has (SCRAM-SHA-256)`,
      );
    if (channelBinding !== 'require') return;
    if (this.getPeerCertificate === undefined)
      throw new AuthenticationMethodError(
        'channel binding is required, but the connection is not encrypted',
        'Add sslmode=require: only TLS has channel binding.',
      );
    if (!mechanisms.includes('SCRAM-SHA-256-PLUS'))
      throw new AuthenticationMethodError('channel binding is required, but the server does not offer it');
  }

  /** A server between us and the true one may break SCRAM off and say that all is well. */
  #demandProof(): void {
    const { methods, channelBinding } = this.#allowed;
    if (this.#isUnproven && (channelBinding === 'require' || !methods.has('none')))
      throw new AuthenticationMethodError(
        `the server broke SCRAM off, which ${channelBinding === 'require' ? 'channel_binding' : 'require_auth'} requires`,
      );
  }

  #demand(method: AuthenticationMethod): void {
    const { methods, channelBinding } = this.#allowed;
    if (!methods.has(method))
      throw new AuthenticationMethodError(`require_auth does not allow ${words[method]}, which the server asks for`);
    if (channelBinding === 'require' && method === 'none')
      throw new AuthenticationMethodError('channel binding is required, but the server asks for no authentication');
  }
}

/** A process that could not be started says so in the words of the oldest protocol: E, a text, NUL. */
function notPostgres(bytes: Buffer): Error {
  const early = /^E([\x20-\x7e]{4,400})\n?\0/.exec(bytes.toString('latin1', 0, 512));
  return early?.[1] === undefined
    ? new NotPostgresError(bytes.toString('latin1', 0, 24))
    : new EarlyRefusalError(early[1].trim());
}
