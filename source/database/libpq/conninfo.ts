import { isPlainWord } from '../../domain/quotable.ts';
import { DatabaseError } from '../database-error.ts';
import { type ConnectionParameters, isKeyword, type Keyword } from './keywords.ts';

/**
 * Parses a URL, a `keyword=value` string or a database name as psql does (PostgreSQL manual, 34.1.1). No error repeats
 * the text: if it is mistyped, any part of it may be a password.
 *
 * @throws {DatabaseError} kind `usage`
 */
export function parseConninfo(text: string): ConnectionParameters {
  if (/^postgres(?:ql)?:\/\//.test(text)) return parseUrl(text);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw usage('The connection is not a PostgreSQL URL. Write postgres://user@host:5432/database');
  }
  if (text.includes('=')) return parseKeyValues(text);
  // A URL without its scheme may contain a password, and errors repeat the database name.
  if (/[:/@]/.test(text)) {
    throw usage(
      'The connection is neither a URL nor a database name. Write postgres://user@host:5432/database, or dbname=… if the name contains :, / or @.',
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
  // An unencoded @ or / in the password makes a part of it look like the host or the port.
  if (hosts.some((host) => host.includes('@')) || ports.some((port) => !/^\d*$/.test(port))) throw unreadableUrl();
  store(found, 'host', decode(hosts.join(',')));
  if (ports.some((port) => port !== '')) store(found, 'port', ports.join(','));
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  const database = decode(path.slice(1));
  // An @ after the host means that the text before it is a password with an unencoded / or ?. Parameters that name a user
  // may contain an @.
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
  // A trailing & is allowed.
  for (const [index, parameter] of query.replace(/&$/, '').split('&').entries()) {
    const [name, ...values] = parameter.split('=');
    if (values.length !== 1) throw unreadableUrl();
    const keyword = decode(name ?? '');
    const value = decode(values[0] ?? '');
    // JDBC's spelling.
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
    if (text[at] !== '=') throw unreadable('Missing "="', at);
    at++;
    skipBlanks();
    const quoted = text[at] === "'";
    if (quoted) at++;
    let value = '';
    for (;;) {
      const character = text[at];
      if (character === undefined && quoted) throw unreadable('Unterminated quoted string', at);
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

/** White space in C, which is less than in JavaScript. */
const blank = /[ \t\n\v\f\r]/;

/** `conninfo_storeval` of libpq: `requiressl` is an old spelling of `sslmode`; the last of the two counts. */
function keep(found: ConnectionParameters, keyword: Keyword, value: string): void {
  if (keyword === 'requiressl') found.sslmode = value.startsWith('1') ? 'require' : 'prefer';
  else found[keyword] = value;
}

/** An empty part of a URL counts as not given. */
function store(found: ConnectionParameters, keyword: Keyword, value: string): void {
  if (value !== '') found[keyword] = value;
}

function decode(part: string): string {
  try {
    const text = decodeURIComponent(part);
    if (!text.includes('\0')) return text;
  } catch {
    // Invalid percent-encoding: reported below.
  }
  throw unreadableUrl();
}

function unreadableUrl(): DatabaseError {
  return usage(
    'Invalid connection URL. Write postgres://user:password@host:port/database?keyword=value, with special characters percent-encoded.',
  );
}

function unreadable(problem: string, at: number): DatabaseError {
  return usage(
    `${problem} at character ${at + 1} of the connection string. Write keyword=value pairs: "host=db1 dbname=dispatch". Put single quotes around values that contain spaces.`,
  );
}

/** @param isFirst whether it is the first keyword: a later one may be part of a password that contains a space or an & */
function unknownKeyword(name: string, isFirst: boolean): DatabaseError {
  return usage(
    isFirst && isPlainWord(name)
      ? `Invalid connection option "${name}". docs/connecting.md lists the valid ones.`
      : 'Invalid connection option (not shown, because it may be part of a password). Quote or percent-encode special characters in the password.',
  );
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
