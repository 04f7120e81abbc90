import { lookup } from 'node:dns/promises';
import { createConnection, isIP, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Encryption } from './encryption.ts';
import { isSocket, type Server, type Settings, socketPath } from './settings.ts';

/** One address of a server; `ip` is null for a Unix-domain socket. */
export interface Endpoint {
  readonly server: Server;
  readonly ip: string | null;
}

/** Something other than PostgreSQL answered; `answer` is the beginning of its answer. */
export class NotPostgresError extends Error {
  readonly answer: string;

  constructor(answer: string) {
    super('the server does not speak the PostgreSQL protocol');
    this.name = 'NotPostgresError';
    this.answer = answer;
  }
}

/** SSLRequest: its length, then the code that stands for it (PostgreSQL manual, 54.2.10). */
const sslRequest = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** All addresses of a server, in the order of the resolver. @throws what `dns.lookup` throws */
export async function endpointsOf(server: Server): Promise<Endpoint[]> {
  if (isSocket(server.address)) return [{ server, ip: null }];
  if (isIP(server.address) !== 0) return [{ server, ip: server.address }];
  const found = await lookup(server.address, { all: true, verbatim: true });
  return found.map(({ address }) => ({ server, ip: address }));
}

/**
 * Opens a connection to one address with the given encryption, ready for the startup message. When the signal fires, it
 * closes the connection and throws the reason of the signal.
 *
 * @throws {NotPostgresError}; `Error` with the code `ETLSREFUSED` if the server does not support TLS; errors of Node
 */
export async function openSocket(
  endpoint: Endpoint,
  encryption: Encryption,
  { keepAlive }: Pick<Settings, 'keepAlive'>,
  signal: AbortSignal,
): Promise<{ readonly socket: Socket | TLSSocket; readonly isEncrypted: boolean }> {
  // Loaded only where it is needed: that takes as long as a tenth of a start.
  const tls = encryption.kind === 'none' ? null : await import('node:tls');
  const { server, ip } = endpoint;
  const socket = ip === null ? createConnection(socketPath(server)) : createConnection({ host: ip, port: server.port });
  socket.setNoDelay(true);
  if (keepAlive.enabled) {
    const { idleSeconds, intervalSeconds, count } = keepAlive;
    // Node before 26.4 ignores the last two.
    socket.setKeepAlive(
      true,
      idleSeconds * 1000,
      intervalSeconds === null ? undefined : intervalSeconds * 1000,
      count ?? undefined,
    );
  }
  try {
    await happens(socket, 'connect', signal);
    if (encryption.kind === 'none' || tls === null) return { socket, isEncrypted: false };
    const isOffered = encryption.direct || (await offersTls(socket, signal));
    if (isOffered) return { socket: await encrypt(socket, tls, encryption, signal), isEncrypted: true };
    if (encryption.isOptional) return { socket, isEncrypted: false };
    throw Object.assign(new Error('server does not support SSL, but SSL was required'), { code: 'ETLSREFUSED' });
  } catch (error) {
    // Later errors of the socket add nothing.
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  }
}

async function offersTls(socket: Socket, signal: AbortSignal): Promise<boolean> {
  socket.write(sslRequest);
  const [answer] = (await happens(socket, 'data', signal)) as [Buffer];
  socket.pause();
  // More than one byte would be data that an attacker sent before the encryption (CVE-2021-23222).
  if (answer.length === 1 && answer[0] === 0x53) return true;
  if (answer.length === 1 && answer[0] === 0x4e) return false;
  // A server that is too old, or that cannot fork, sends an unencrypted error message.
  if (answer[0] === 0x45) throw Object.assign(new Error(errorText(answer)), { code: 'ETLSREFUSED' });
  throw new NotPostgresError(answer.toString('latin1', 0, 24));
}

async function encrypt(
  socket: Socket,
  { connect }: typeof import('node:tls'),
  { options }: Encryption & { kind: 'tls' },
  signal: AbortSignal,
): Promise<TLSSocket> {
  const secure = connect({ ...options, socket });
  // Errors of the underlying socket are reported by the encrypted one.
  socket.on('error', (error) => secure.destroy(error));
  try {
    await happens(secure, 'secureConnect', signal);
    return secure;
  } catch (error) {
    secure.on('error', () => {});
    secure.destroy();
    throw error;
  }
}

/** The message of an ErrorResponse before the login: fields of a letter and a text, or only a text if the server cannot fork. */
function errorText(answer: Buffer): string {
  if (answer[1] !== 0) return answer.toString('utf8', 1).replace(/\0.*$/s, '').trim();
  const field = answer
    .toString('utf8', 5)
    .split('\0')
    .find((one) => one.startsWith('M'));
  return field === undefined ? 'the server refused the connection' : field.slice(1);
}

/** The arguments of the next event of that name; rejects if the socket fails or closes, or the signal fires, before it. */
function happens(socket: Socket, event: string, signal: AbortSignal): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      socket.off(event, done);
      socket.off('error', failed);
      socket.off('close', closed);
      signal.removeEventListener('abort', late);
    };
    const done = (...values: unknown[]): void => {
      end();
      resolve(values);
    };
    const failed = (error: Error): void => {
      end();
      reject(error);
    };
    const closed = (): void => failed(new Error('server closed the connection unexpectedly'));
    const late = (): void => failed(signal.reason);
    socket.once(event, done);
    socket.once('error', failed);
    socket.once('close', closed);
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) late();
  });
}
