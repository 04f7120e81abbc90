/**
 * What a client of PostgreSQL sends, cut into messages, and the few answers that the demo gives itself (PostgreSQL
 * manual, chapter 54, "Frontend/Backend Protocol").
 */
export type ClientMessage =
  /** SSLRequest or GSSENCRequest: answered with `N`, as there is no encryption on a private socket. */
  | { readonly kind: 'encryption' }
  /** CancelRequest: nothing can be cancelled, and the client waits until the line is closed. */
  | { readonly kind: 'cancel' }
  /** The protocol's version, and the names of the protocol's options that the client asks for. */
  | { readonly kind: 'startup'; readonly version: number; readonly options: readonly string[] }
  /** @property type the message's letter; @property bytes the whole message */
  | { readonly kind: 'message'; readonly type: string; readonly bytes: Buffer };

const requestCodes = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const;
/** PostgreSQL takes no longer startup packet, and no longer message either. */
const longestStartup = 10_000;
const longestMessage = 0x3fffffff;

/** Version 3.0, all that PGlite speaks. */
export const protocolVersion = 0x30000;

/**
 * Cuts one connection's bytes into messages.
 *
 * @returns what to call with each chunk: it gives the messages that are complete by then
 * @throws {Error} from that, where the bytes are no PostgreSQL message
 */
export function createMessageReader(): (chunk: Buffer) => ClientMessage[] {
  let rest: Buffer = Buffer.alloc(0);
  let hasStarted = false;

  function next(): ClientMessage | null {
    // Before and in the startup packet, messages have no letter.
    const headerLength = hasStarted ? 5 : 8;
    if (rest.length < headerLength) return null;
    const length = hasStarted ? rest.readUInt32BE(1) + 1 : rest.readUInt32BE(0);
    if (length < headerLength || length > (hasStarted ? longestMessage : longestStartup)) {
      throw new Error(`a message of ${length} bytes`);
    }
    if (rest.length < length) return null;
    const bytes = rest.subarray(0, length);
    rest = rest.subarray(length);
    if (hasStarted) return { kind: 'message', type: String.fromCharCode(bytes[0] ?? 0), bytes };

    const code = bytes.readUInt32BE(4);
    if (code === requestCodes.ssl || code === requestCodes.gss) return { kind: 'encryption' };
    if (code === requestCodes.cancel) return { kind: 'cancel' };
    hasStarted = true;
    const names = bytes
      .toString('utf8', 8)
      .split('\0')
      .filter((_, index) => index % 2 === 0);
    return { kind: 'startup', version: code, options: names.filter((name) => name.startsWith('_pq_.')) };
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const messages: ClientMessage[] = [];
    for (let message = next(); message !== null; message = next()) messages.push(message);
    return messages;
  };
}

/** A startup packet, to ask PGlite for the greeting that every client gets. */
export function startupPacket(): Buffer {
  const body = Buffer.concat([int32(protocolVersion), text('user'), text('postgres'), Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

export function queryMessage(sql: string): Buffer {
  return message('Q', text(sql));
}

export function parseMessage(statement: string, sql: string): Buffer {
  return message('P', text(statement), text(sql), int16(0));
}

export function closeStatementMessage(statement: string): Buffer {
  return message('C', Buffer.from('S'), text(statement));
}

export const syncMessage: Buffer = message('S');

/** The end of a connection, with its reason. */
export function fatalResponse(sqlState: string, reason: string): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: sqlState, M: reason };
  const body = Object.entries(fields).flatMap(([field, value]) => [Buffer.from(field), text(value)]);
  return message('E', ...body, Buffer.from([0]));
}

/** The answer to a client that asks for a newer protocol, or for options of it. */
export function negotiateVersionResponse(options: readonly string[]): Buffer {
  return message('v', int32(protocolVersion), int32(options.length), ...options.map(text));
}

/** The SQL in a Query or Parse message; null in any other. */
export function sqlIn(type: string, bytes: Buffer): string | null {
  if (type === 'Q') return stringAt(bytes, 5);
  return type === 'P' ? stringAt(bytes, bytes.indexOf(0, 5) + 1) : null;
}

/** The prepared statement that a message names; the empty string where it names none. */
export function statementIn(type: string, bytes: Buffer): string {
  const at = statementOffset(type, bytes);
  return at === null ? '' : stringAt(bytes, at);
}

/** The same message about another prepared statement. Messages about none, or about the unnamed one, are left alone. */
export function renameStatement(type: string, bytes: Buffer, rename: (name: string) => string): Buffer {
  const at = statementOffset(type, bytes);
  const name = statementIn(type, bytes);
  if (at === null || name === '') return bytes;
  return message(type, bytes.subarray(5, at), text(rename(name)), bytes.subarray(at + Buffer.byteLength(name) + 1));
}

function statementOffset(type: string, bytes: Buffer): number | null {
  if (type === 'P') return 5;
  if (type === 'B') return bytes.indexOf(0, 5) + 1;
  if (type === 'D' || type === 'C') return bytes[5] === 'S'.charCodeAt(0) ? 6 : null;
  return null;
}

function stringAt(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start);
  return bytes.toString('utf8', start, end === -1 ? bytes.length : end);
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
