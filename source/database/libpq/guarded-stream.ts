import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { isWhole } from './message-body.ts';
import { NotPostgresError } from './open-socket.ts';
import { type SessionSettings, withSettings } from './startup-message.ts';

/**
 * A stream between a socket and `pg`. In: bytes of any server. Out: complete protocol messages of bounded length; during
 * the login only messages that may occur there. An authentication request that is not allowed, or that migtop does not
 * support, never reaches `pg`, so that no password is sent. An exception that `pg` throws while it parses a message ends
 * this connection, not the process.
 */

/** The server requests an authentication method that is not allowed, or that migtop does not support. */
export class AuthenticationMethodError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy = 'Use another method in its pg_hba.conf.') {
    super(message);
    this.name = 'AuthenticationMethodError';
    this.remedy = remedy;
  }
}

/** The server sent a message that the protocol does not allow here. */
export class ProtocolViolationError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ProtocolViolationError';
  }
}

/** The server refused before the startup message, for example because it could not fork. */
export class EarlyRefusalError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EarlyRefusalError';
  }
}

/** How the server may authenticate the user. */
export interface AllowedAuthentication {
  /** Named as in libpq's `require_auth`. */
  readonly methods: ReadonlySet<AuthenticationMethod>;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
}

export const authenticationMethods = ['none', 'password', 'md5', 'scram-sha-256', 'gss', 'sspi', 'oauth'] as const;
export type AuthenticationMethod = (typeof authenticationMethods)[number];

/** Authentication requests by their code (PostgreSQL manual, 54.7, Authentication…). */
const methodOfCode: Readonly<Record<number, AuthenticationMethod>> = {
  2: 'gss',
  3: 'password',
  5: 'md5',
  6: 'gss',
  7: 'gss',
  9: 'sspi',
  10: 'scram-sha-256',
};
const descriptions: Readonly<Record<AuthenticationMethod, string>> = {
  none: 'no authentication',
  password: 'a cleartext password',
  md5: 'a hashed password',
  'scram-sha-256': 'SCRAM authentication',
  gss: 'GSSAPI authentication',
  sspi: 'SSPI authentication',
  oauth: 'OAuth authentication',
};

/** Maximum length of a message in bytes: every query of migtop bounds the texts that it fetches. */
const longestMessage = 64 * 1024 * 1024;
/** Maximum length of an answer in bytes: of all messages between two of the program's. Its queries bound their rows and texts. */
const longestAnswer = 256 * 1024 * 1024;
/** Maximum length of a message during the login in bytes. */
const longestGreeting = 64 * 1024;
const headerBytes = 5;

export class GuardedStream extends Duplex {
  readonly #socket: Socket | TLSSocket;
  readonly #allowed: AllowedAuthentication;
  /** The beginning of a message that has to be complete before it is checked. */
  #pending: Buffer = Buffer.alloc(0);
  /** How many bytes are still missing of a message whose beginning was passed on. */
  #left = 0;
  #isLoggedIn = false;
  #heardBytes = 0;
  /** `heardBytes` when the program sent something last. */
  #heardBefore = 0;
  /** Whether the server has sent an authentication request. */
  #isRequested = false;
  /** Whether SCRAM has begun and the server has not yet proven that it knows the password. */
  #isUnproven = false;

  /** Session settings to add to the startup message of `pg`; null after it was sent. */
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

  /** `pg` calls this; the socket is already connected. */
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

  /** For channel binding: the certificate of the server. Undefined without TLS. */
  get getPeerCertificate(): TLSSocket['getPeerCertificate'] | undefined {
    const socket = this.#socket;
    return 'getPeerCertificate' in socket ? socket.getPeerCertificate.bind(socket) : undefined;
  }

  override emit(event: string | symbol, ...values: unknown[]): boolean {
    if (event !== 'data') return super.emit(event, ...(values as []));
    try {
      return super.emit(event, ...(values as []));
    } catch (error) {
      this.destroy(new ProtocolViolationError('the server sent an invalid message', error));
      return true;
    }
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#heardBefore = this.#heardBytes;
    // The first chunk that `pg` sends is the startup message.
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
      if (this.#heardBytes - this.#heardBefore > longestAnswer)
        throw new ProtocolViolationError(`the server sent more than ${longestAnswer / 1024 / 1024} MB as one answer`);
      const valid = this.#checked(bytes);
      if (valid.length > 0 && !this.push(valid)) this.#socket.pause();
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  /** Returns the pending and new bytes that may be passed on. */
  #checked(bytes: Buffer): Buffer {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    let at = Math.min(this.#left, all.length);
    this.#left -= at;
    while (all.length - at >= headerBytes) {
      const type = String.fromCharCode(all[at] ?? 0);
      const length = all.readUInt32BE(at + 1);
      if (!this.#isLoggedIn && !this.#isRequested && !'REvNK'.includes(type)) throw notPostgres(all.subarray(at));
      if (length < 4 || length > (this.#isLoggedIn ? longestMessage : longestGreeting)) {
        if (!this.#isRequested) throw notPostgres(all.subarray(at));
        throw new ProtocolViolationError(`the server sent a message with invalid length ${length}`);
      }
      const end = at + 1 + length;
      // Rows may be long and are passed on as they arrive; every other message is checked when it is complete.
      if (!this.#isLoggedIn || (type !== 'D' && type !== 'd')) {
        if (end > all.length) break;
        const body = all.subarray(at + headerBytes, end);
        if (!isWhole(type, body))
          throw new ProtocolViolationError(`the server sent a truncated message of type "${type}"`);
        if (!this.#isLoggedIn) this.#greet(type, body);
      }
      this.#left = Math.max(0, end - all.length);
      at = Math.min(end, all.length);
    }
    this.#pending = all.subarray(at);
    return all.subarray(0, at);
  }

  /** Checks one complete message of the login. */
  #greet(type: string, body: Buffer): void {
    if (type === 'Z') this.#isLoggedIn = true;
    else if (!'REvNKSA'.includes(type))
      throw new ProtocolViolationError(`the server sent a message of type "${type}" during authentication`);
    if (type !== 'R') return;
    if (body.length < 4) throw new ProtocolViolationError('the server sent an authentication request without a code');
    this.#authenticate(body.readInt32BE(0), body);
  }

  #authenticate(code: number, body: Buffer): void {
    const { channelBinding } = this.#allowed;
    const isFirst = !this.#isRequested;
    this.#isRequested = true;
    // AuthenticationSASLContinue and AuthenticationSASLFinal: `pg` verifies their content.
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
    const method = methodOfCode[code];
    if (method === undefined) throw new AuthenticationMethodError(`authentication method ${code} not supported`);
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
        `${descriptions[isOauth ? 'oauth' : method].replace(' authentication', '')} is not supported`,
      );
    if (code === 10 && !mechanisms.some((one) => one.startsWith('SCRAM-SHA-256')))
      throw new AuthenticationMethodError(
        "none of the server's SASL authentication mechanisms are supported (migtop supports SCRAM-SHA-256)",
      );
    if (channelBinding !== 'require') return;
    if (this.getPeerCertificate === undefined)
      throw new AuthenticationMethodError('channel binding required, but SSL not in use', 'Add sslmode=require.');
    if (!mechanisms.includes('SCRAM-SHA-256-PLUS'))
      throw new AuthenticationMethodError(
        "channel binding required but not supported by server's authentication request",
      );
  }

  /** A server in the middle may skip the end of SCRAM and report success. */
  #demandProof(): void {
    const { methods, channelBinding } = this.#allowed;
    if (this.#isUnproven && (channelBinding === 'require' || !methods.has('none')))
      throw new AuthenticationMethodError(
        `server did not complete authentication, which ${channelBinding === 'require' ? 'channel_binding' : 'require_auth'} requires`,
      );
  }

  #demand(method: AuthenticationMethod): void {
    const { methods, channelBinding } = this.#allowed;
    if (!methods.has(method))
      throw new AuthenticationMethodError(
        `server requested ${descriptions[method]}, which require_auth does not allow`,
      );
    if (channelBinding === 'require' && method === 'none')
      throw new AuthenticationMethodError(
        'channel binding required, but server authenticated client without channel binding',
      );
  }
}

/** A server that cannot fork sends an error in the format of protocol 2: E, a text, NUL. */
function notPostgres(bytes: Buffer): Error {
  const early = /^E([\x20-\x7e]{4,400})\n?\0/.exec(bytes.toString('latin1', 0, 512));
  return early?.[1] === undefined
    ? new NotPostgresError(bytes.toString('latin1', 0, 24))
    : new EarlyRefusalError(early[1].trim());
}
