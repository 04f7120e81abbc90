/** A server and database, with all names under which it is known. */
export interface ServerPlace {
  /** Names and addresses of the server: as given, as resolved, and what the resolver calls the address. */
  readonly names: readonly string[];
  readonly port: number;
  readonly database: string;
}

/** A target that is marked as production in the configuration file. */
export interface ProductionTarget {
  readonly name: string;
  readonly places: readonly ServerPlace[];
}

/** How a place is recognised as production. */
export interface ProductionRules {
  readonly targets: readonly ProductionTarget[];
  /** Patterns of host names, in which `*` stands for any characters. */
  readonly hosts: readonly string[];
}

/** Whether the place is production; null if it is not. */
export type ProductionMatch =
  | { readonly kind: 'target'; readonly name: string }
  | { readonly kind: 'host'; readonly name: string; readonly pattern: string };

/**
 * Finds the production target or the host pattern that a place belongs to. Of a remote host the port does not count: a pooler on
 * another port leads to the same database. On this machine it does: a port may be a tunnel, or another server.
 */
export function productionMatch(place: ServerPlace, rules: ProductionRules): ProductionMatch | null {
  const names = place.names.map(normalHost);
  const target = rules.targets.find(({ places }) => places.some((one) => isSamePlace({ ...place, names }, one)));
  if (target !== undefined) return { kind: 'target', name: target.name };
  for (const name of names) {
    const pattern = rules.hosts.find((one) => matchesHost(name, one));
    if (pattern !== undefined) return { kind: 'host', name, pattern };
  }
  return null;
}

/** The setting of the configuration file by which a place is production. */
export function productionSetting(match: ProductionMatch): string {
  return match.kind === 'target' ? `the database of targets.${match.name}` : `production_hosts: ${match.pattern}`;
}

function isSamePlace(place: ServerPlace, target: ServerPlace): boolean {
  if (place.database !== target.database) return false;
  const targetNames = target.names.map(normalHost);
  const isRemote = place.names.some((name) => !isLocalHost(name) && targetNames.includes(name));
  if (isRemote) return true;
  return place.port === target.port && place.names.some(isLocalHost) && targetNames.some(isLocalHost);
}

/** Whether a host name matches a pattern; the case of letters does not count, nor a dot at the end. */
export function matchesHost(name: string, pattern: string): boolean {
  const [first = '', ...rest] = normalHost(pattern).split('*');
  const last = rest.pop();
  const text = normalHost(name);
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** A host as it is compared: a socket directory stays as it is. */
function normalHost(host: string): string {
  if (host.startsWith('/') || host.startsWith('@')) return host;
  const name = host
    .toLowerCase()
    .replace(/%.*$/, '')
    .replace(/^::ffff:(?=\d+\.)/, '')
    .replace(/\.$/, '');
  // An IPv6 address as connections report it: the shortest form.
  return /^[\da-f:]*:[\da-f:.]*$/.test(name) && URL.canParse(`http://[${name}]`)
    ? new URL(`http://[${name}]`).hostname.slice(1, -1)
    : name;
}

/** Whether a host is this machine: a socket, `localhost`, or a loopback address. */
export function isLocalHost(host: string): boolean {
  const name = normalHost(host);
  return (
    name === '' || /^[/@]/.test(name) || /^(?:localhost|.*\.localhost|127\.[\d.]+|::1|0:0:0:0:0:0:0:1)$/.test(name)
  );
}
