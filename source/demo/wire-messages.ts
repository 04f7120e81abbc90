/**
 * Splits the bytes of a PostgreSQL client into messages, and builds the few answers that the demo gives itself (PostgreSQL
 * manual, "Frontend/Backend Protocol").
 */
export type ClientMessage =
  /** SSLRequest or GSSENCRequest: answered with `N`, because a private socket needs no encryption. */
  | { readonly kind: 'encryption' }
  /** CancelRequest: not supported; the client waits until the connection is closed. */
  | { readonly kind: 'cancel' }
  /** The protocol's version, and the names of the protocol's options that the client asks for. */
  | { readonly kind: 'startup'; readonly version: number; readonly options: readonly string[] }
  /** @property type the message's letter; @property bytes the whole message */
  | { readonly kind: 'message'; readonly type: string; readonly bytes: Buffer };

const requestCodes = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const;
/** Maximum length of a startup packet and of a message, in bytes, as in PostgreSQL. */
const maxStartupLength = 10_000;
const maxMessageLength = 0x3fffffff;

/** Version 3.0, the only one that PGlite supports. */
export const protocolVersion = 0x30000;

/**
 * Splits one connection's bytes into messages.
 *
 * @returns a function to call with each chunk: it returns the messages that are now complete, and throws an Error if the bytes
 *   are not a PostgreSQL message
 */
export function createMessageReader(): (chunk: Buffer) => ClientMessage[] {
  let rest: Buffer = Buffer.alloc(0);
  let hasStarted = false;

  function next(): ClientMessage | null {
    // Before and in the startup packet, messages have no letter.
    const headerLength = hasStarted ? 5 : 8;
    if (rest.length < headerLength) return null;
    const length = hasStarted ? rest.readUInt32BE(1) + 1 : rest.readUInt32BE(0);
    if (length < headerLength || length > (hasStarted ? maxMessageLength : maxStartupLength)) {
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

/** A startup packet; PGlite's answer is the greeting for every client. */
export function startupPacket(): Buffer {
  const body = Buffer.concat([int32(protocolVersion), text('user'), text('postgres'), Buffer.from([0])]);
  return Buffer.concat([int32(body.length + 4), body]);
}

/** A Query message of the PostgreSQL protocol. */
export function queryMessage(sql: string): Buffer {
  return message('Q', text(sql));
}

/** A Parse message without types of parameters. */
export function parseMessage(statement: string, sql: string): Buffer {
  return message('P', text(statement), text(sql), int16(0));
}

/** A Close message for a prepared statement. */
export function closeStatementMessage(statement: string): Buffer {
  return message('C', Buffer.from('S'), text(statement));
}

export const syncMessage: Buffer = message('S');

/** A FATAL error, which ends a connection. */
export function fatalResponse(sqlState: string, reason: string): Buffer {
  const fields = { S: 'FATAL', V: 'FATAL', C: sqlState, M: reason };
  const body = Object.entries(fields).flatMap(([field, value]) => [Buffer.from(field), text(value)]);
  return message('E', ...body, Buffer.from([0]));
}

/** The answer to a client that requests a newer protocol version, or protocol options. */
export function negotiateVersionResponse(options: readonly string[]): Buffer {
  return message('v', int32(protocolVersion), int32(options.length), ...options.map(text));
}

/** The SQL of a Query or Parse message; null for any other. */
export function sqlIn(type: string, bytes: Buffer): string | null {
  if (type === 'Q') return stringAt(bytes, 5);
  return type === 'P' ? stringAt(bytes, bytes.indexOf(0, 5) + 1) : null;
}

/** The name of a message's prepared statement; empty if it names none. */
export function statementIn(type: string, bytes: Buffer): string {
  const at = statementOffset(type, bytes);
  return at === null ? '' : stringAt(bytes, at);
}

/** Returns the message with another name of the prepared statement. A message without a name is unchanged. */
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
