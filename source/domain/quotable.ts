/**
 * Decides which user input a message may repeat. A mistyped argument may include a password anywhere, so a message repeats
 * only input that looks like a name, a path or a number, and describes other input without repeating it.
 */

/** Whether a text looks like the name of a host, a user or a database: only the characters that nearly all names have. */
export function isPlainName(text: string): boolean {
  return /^[\p{L}\p{M}\p{N}_.$+-]{1,128}$/u.test(text) || isPlainPath(text) || isAddress(text);
}

/** Whether a text looks like a user's name; in some clouds it is followed by @ and the server. */
export function isPlainUser(text: string): boolean {
  return isPlainName(text) || /^[\w.$+-]+@[\w.-]+$/.test(text);
}

/** Whether a text begins like a path, and has only the characters of one. */
export function isPlainPath(text: string): boolean {
  return /^(?:~|\.{0,2})\/[\p{L}\p{N}_.,/ +~-]*$/u.test(text) || /^[A-Za-z]:\\[\w.\\ -]*$/.test(text);
}

function isAddress(text: string): boolean {
  return /^[\da-fA-F:.]{2,45}(?:%\w{1,16})?$/.test(text) && text.split(':').every((group) => group.length <= 15);
}

/** Whether a text may be a table's name in SQL. Characters of connection strings are allowed only in double quotes. */
export function isTableName(text: string): boolean {
  return !/[:@=/?&#\\]/.test(text.replace(/"(?:[^"]|"")*"/g, ''));
}

/** Whether a message may repeat a table's name: not if a quoted name looks like a connection string. */
export function isPlainTable(text: string): boolean {
  return isTableName(text) && !/:\/\/|@|=/.test(text) && text.length <= 200;
}

/** Whether the name of an unknown option or parameter is a plain word. */
export function isPlainWord(text: string): boolean {
  return /^[a-z]{1,16}(?:[-_][a-z]{1,16}){0,2}$/.test(text);
}

/** The name; only its first letters and `…` if it may include more than a name. */
export function shownName(text: string, isPlain: (text: string) => boolean = isPlainName): string {
  return isPlain(text) ? text : `${/^[\p{L}\p{N}_]{0,32}/u.exec(text)?.[0] ?? ''}…`;
}

/** The text with each secret replaced by `…`. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return [...secrets]
    .sort((one, other) => other.length - one.length)
    .reduce((left, secret) => (secret === '' ? left : left.replaceAll(secret, '…')), text);
}

/** The parts of a mistyped connection string that may be a password; the whole string too. */
export function secretsOf(text: string): string[] {
  const found = [...text.matchAll(/\b(?:pass\w*|pwd?|key|secret|token)\s*[=:]\s*('[^']*'?|[^\s&]+)/gi)].map((match) =>
    (match[1] ?? '').replace(/^'|'$/g, ''),
  );
  const start = text.indexOf('://') === -1 ? 0 : text.indexOf('://') + 3;
  const colon = text.indexOf(':', start);
  const at = text.lastIndexOf('@');
  if (colon !== -1 && at > colon) found.push(text.slice(colon + 1, at));
  if (!isPlainUser(text)) found.push(text);
  const decoded = found.map((secret) => {
    try {
      return decodeURIComponent(secret);
    } catch {
      return secret;
    }
  });
  // Secrets of one or two letters would match in most words.
  return [...new Set([...found, ...decoded])].filter((secret) => secret.length > 2);
}
