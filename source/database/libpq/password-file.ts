/** The connection that a line of a password file has to match. */
export interface PasswordFor {
  /** `host`, even if `hostaddr` is given; `localhost` for the default socket directory. */
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
}

/**
 * Finds a password in the text of a password file by libpq's rules (PostgreSQL manual, 34.16, and `passwordFromFile` of
 * libpq): lines are host:port:database:user:password; a field that is only * matches any value; a backslash escapes the
 * next character, also in the password. The first matching line counts. Empty lines and lines that begin with # are
 * ignored. Null if no line matches.
 */
export function findPassword(text: string, wanted: PasswordFor): string | null {
  for (const raw of text.split('\n')) {
    // libpq removes LF and CR LF, nothing else.
    const line = raw.replace(/\r+$/, '');
    if (line === '' || line.startsWith('#')) continue;
    let rest: string | null = line;
    for (const value of [wanted.host, wanted.port, wanted.database, wanted.user]) {
      rest = rest === null ? null : afterField(rest, value);
    }
    if (rest === null) continue;
    return unescaped(rest);
  }
  return null;
}

/** The rest of the line after a field that matches the value and its colon; null if the field does not match. */
function afterField(line: string, value: string): string | null {
  if (line.startsWith('*:')) return line.slice(2);
  let at = 0;
  for (const character of value) {
    if (line[at] === '\\') at++;
    if (!line.startsWith(character, at)) return null;
    at += character.length;
  }
  return line[at] === ':' ? line.slice(at + 1) : null;
}

function unescaped(password: string): string {
  let text = '';
  for (let at = 0; at < password.length && password[at] !== ':'; at++) {
    if (password[at] === '\\' && at + 1 < password.length) at++;
    text += password[at];
  }
  return text;
}
