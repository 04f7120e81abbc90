import { isPlainWord } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import { type ConnectionParameters, isKeyword, type Keyword } from './keywords.ts';

/**
 * Reads a URL, a `keyword=value` string, or the bare name of a database, as psql does (PostgreSQL manual, 34.1.1).
 * The text is never repeated in an error: a mistyped one may hold a password anywhere.
 *
 * @throws {DatabaseError} kind `usage`
 */
export function parseConninfo(text: string): ConnectionParameters {
  if (/^postgres(?:ql)?:\/\//.test(text)) return parseUrl(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw usage('That is not a PostgreSQL address. Write postgres://user@host:5432/database');
  }
  if (text.includes('=')) return parseKeyValues(text);
  // A URL that lost its scheme may hold a password, and errors name the database.
  if (/[:/@]/.test(text)) {
    throw usage(
      'That is neither a URL nor the name of a database. Write postgres://user@host:5432/database, or dbname=… for a name with : / or @ in it.',
    );
  }
  return { dbname: text };
}

/** `conninfo_uri_parse_options` of libpq. */
function parseUrl(text: string): ConnectionParameters {
  const found: ConnectionParameters = {};
  let rest = text.slice(text.indexOf('://') + 3);
  const head = /^[^@/]*/.exec(rest)?.[0] ?? '';
  if (rest[head.length] === '@') {
    const colon = head.indexOf(':');
    store(found, 'user', decode(colon === -1 ? head : head.slice(0, colon)));
    if (colon !== -1) store(found, 'password', decode(head.slice(colon + 1)));
    rest = rest.slice(head.length + 1);
  }
  const hosts: string[] = [];
  const ports: string[] = [];
  for (;;) {
    const match = /^(?:\[([^\]]+)\](?=[:/?,]|$)|(?!\[)([^:/?,]*))(?::([^/?,]*))?/.exec(rest);
    if (match === null) throw unreadableUrl();
    hosts.push(match[1] ?? match[2] ?? '');
    ports.push(match[3] ?? '');
    rest = rest.slice(match[0].length);
    if (!rest.startsWith(',')) break;
    rest = rest.slice(1);
  }
  // A password with an unencoded @ or / spills into the host or the port.
  if (hosts.some((host) => host.includes('@')) || ports.some((port) => !/^\d*$/.test(port))) throw unreadableUrl();
  store(found, 'host', decode(hosts.join(',')));
  if (ports.some((port) => port !== '')) store(found, 'port', ports.join(','));
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  const database = decode(path.slice(1));
  // What follows the host may be a part of a password with an unencoded / or ? in it: then it holds an @. Parameters may,
  // where a user is named in them.
  const mayNameUser = found.user === undefined && ports.every((port) => port === '');
  const query = question === -1 ? '' : rest.slice(question);
  if (path.includes('@') || (query.includes('@') && !mayNameUser)) throw unreadableUrl();
  store(found, 'dbname', database);
  if (question !== -1) readParameters(rest.slice(question + 1), found);
  return found;
}

/** `conninfo_uri_parse_params` of libpq. */
function readParameters(query: string, found: ConnectionParameters): void {
  if (query === '') return;
  // Nothing has to follow the last &.
  for (const [index, parameter] of query.replace(/&$/, '').split('&').entries()) {
    const [name, ...values] = parameter.split('=');
    if (values.length !== 1) throw unreadableUrl();
    const keyword = decode(name ?? '');
    const value = decode(values[0] ?? '');
    // As JDBC writes it.
    if (keyword === 'ssl' && value === 'true') found.sslmode = 'require';
    else if (isKeyword(keyword)) keep(found, keyword, value);
    else throw unknownKeyword(keyword, index === 0 && found.password === undefined);
  }
}

/** `conninfo_parse` of libpq. */
function parseKeyValues(text: string): ConnectionParameters {
  const found: ConnectionParameters = {};
  let at = 0;
  const skipBlanks = (): void => {
    while (blank.test(text[at] ?? '')) at++;
  };
  for (skipBlanks(); at < text.length; skipBlanks()) {
    const keyword = /[^= \t\n\v\f\r]*/.exec(text.slice(at))?.[0] ?? '';
    at += keyword.length;
    skipBlanks();
    if (text[at] !== '=') throw unreadable(at);
    at++;
    skipBlanks();
    const quoted = text[at] === "'";
    if (quoted) at++;
    let value = '';
    for (;;) {
      const character = text[at];
      if (character === undefined && quoted) throw unreadable(at);
      if (character === undefined || (!quoted && blank.test(character))) break;
      at++;
      if (quoted && character === "'") break;
      if (character !== '\\') value += character;
      else if (at < text.length) value += text[at++];
    }
    if (!isKeyword(keyword)) throw unknownKeyword(keyword, Object.keys(found).length === 0);
    keep(found, keyword, value);
  }
  return found;
}

/** The blanks of C, which are fewer than those of JavaScript. */
const blank = /[ \t\n\v\f\r]/;

/** `conninfo_storeval` of libpq: `requiressl` is an old way of writing `sslmode`, and the last of both counts. */
function keep(found: ConnectionParameters, keyword: Keyword, value: string): void {
  if (keyword === 'requiressl') found.sslmode = value.startsWith('1') ? 'require' : 'prefer';
  else found[keyword] = value;
}

/** In a URL an empty part is one that was not given. */
function store(found: ConnectionParameters, keyword: Keyword, value: string): void {
  if (value !== '') found[keyword] = value;
}

function decode(part: string): string {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes('\0')) return text;
  } catch {
    // Not a percent-encoding: said below.
  }
  throw unreadableUrl();
}

function unreadableUrl(): DatabaseError {
  return usage(
    'The connection URL cannot be read. Write postgres://user:password@host:port/database?keyword=value, with special characters percent-encoded.',
  );
}

function unreadable(at: number): DatabaseError {
  return usage(
    `The connection string cannot be read from character ${at + 1} on. Write keyword=value pairs, with values that hold spaces in single quotes: "host=db1 dbname=dispatch"`,
  );
}

/** @param isFirst whether nothing stands before it of which it might be a part: of a password with a blank or an & in it */
function unknownKeyword(name: string, isFirst: boolean): DatabaseError {
  return usage(
    isFirst && isPlainWord(name)
      ? `The connection string has a keyword that libpq does not know: ${name}. docs/connecting.md lists those that it knows.`
      : 'The connection string has a keyword that libpq does not know (it is not repeated, as it may be a part of a password: quote or percent-encode that).',
  );
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
