/** How migtop handles a connection keyword of libpq; docs/connecting.md lists the same for users. */
type Handling =
  /** As in libpq. */
  | 'done'
  /** Accepted without effect; `docs/connecting.md` says why. */
  | 'covered'
  /** Only these values are supported; an error names the keyword for any other value. */
  | { readonly only: readonly string[]; readonly why: string }
  /** Not supported; an error names the keyword. */
  | { readonly refused: string };

interface KeywordRule {
  /** The environment variable that libpq reads for it. */
  readonly env?: string;
  readonly handling: Handling;
}

const gss = 'migtop does not support GSSAPI';

/**
 * Every keyword of libpq 18 (PostgreSQL manual, 34.1.2) with its environment variable (34.15). No other place lists the
 * keywords.
 */
export const keywords = {
  service: { env: 'PGSERVICE', handling: 'done' },
  servicefile: { env: 'PGSERVICEFILE', handling: 'done' },
  host: { env: 'PGHOST', handling: 'done' },
  hostaddr: { env: 'PGHOSTADDR', handling: 'done' },
  port: { env: 'PGPORT', handling: 'done' },
  dbname: { env: 'PGDATABASE', handling: 'done' },
  user: { env: 'PGUSER', handling: 'done' },
  password: { env: 'PGPASSWORD', handling: 'done' },
  passfile: { env: 'PGPASSFILE', handling: 'done' },
  require_auth: { env: 'PGREQUIREAUTH', handling: 'done' },
  channel_binding: { env: 'PGCHANNELBINDING', handling: 'done' },
  connect_timeout: { env: 'PGCONNECT_TIMEOUT', handling: 'done' },
  client_encoding: { env: 'PGCLIENTENCODING', handling: 'done' },
  options: { env: 'PGOPTIONS', handling: 'done' },
  application_name: { env: 'PGAPPNAME', handling: 'done' },
  fallback_application_name: { handling: 'covered' },
  keepalives: { handling: 'done' },
  keepalives_idle: { handling: 'done' },
  keepalives_interval: { handling: 'done' },
  keepalives_count: { handling: 'done' },
  tcp_user_timeout: { handling: 'covered' },
  replication: { handling: { only: ['', 'false', 'off', 'no', '0'], why: 'a replication connection runs no queries' } },
  gssencmode: { env: 'PGGSSENCMODE', handling: { only: ['disable', 'prefer'], why: gss } },
  sslmode: { env: 'PGSSLMODE', handling: 'done' },
  requiressl: { env: 'PGREQUIRESSL', handling: 'done' },
  sslnegotiation: { env: 'PGSSLNEGOTIATION', handling: 'done' },
  sslcompression: { env: 'PGSSLCOMPRESSION', handling: 'covered' },
  sslcert: { env: 'PGSSLCERT', handling: 'done' },
  sslkey: { env: 'PGSSLKEY', handling: 'done' },
  sslkeylogfile: { handling: { refused: 'migtop does not write TLS session keys to a file' } },
  sslpassword: { handling: 'done' },
  sslcertmode: { env: 'PGSSLCERTMODE', handling: 'done' },
  sslrootcert: { env: 'PGSSLROOTCERT', handling: 'done' },
  sslcrl: { env: 'PGSSLCRL', handling: 'done' },
  sslcrldir: { env: 'PGSSLCRLDIR', handling: { refused: 'use sslcrl=FILE instead' } },
  sslsni: { env: 'PGSSLSNI', handling: 'done' },
  requirepeer: {
    env: 'PGREQUIREPEER',
    handling: { refused: 'migtop cannot determine the user of the server process' },
  },
  ssl_min_protocol_version: { env: 'PGSSLMINPROTOCOLVERSION', handling: 'done' },
  ssl_max_protocol_version: { env: 'PGSSLMAXPROTOCOLVERSION', handling: 'done' },
  min_protocol_version: {
    env: 'PGMINPROTOCOLVERSION',
    handling: { only: ['3.0'], why: 'migtop uses protocol version 3.0' },
  },
  max_protocol_version: {
    env: 'PGMAXPROTOCOLVERSION',
    handling: { only: ['3.0', '3.2', 'latest'], why: 'it must be 3.0, 3.2 or latest' },
  },
  krbsrvname: { env: 'PGKRBSRVNAME', handling: 'covered' },
  gsslib: { env: 'PGGSSLIB', handling: 'covered' },
  gssdelegation: { env: 'PGGSSDELEGATION', handling: 'covered' },
  scram_client_key: { handling: { refused: 'give the password instead' } },
  scram_server_key: { handling: { refused: 'give the password instead' } },
  oauth_issuer: { handling: { refused: 'migtop cannot log in by OAuth' } },
  oauth_client_id: { handling: { refused: 'migtop cannot log in by OAuth' } },
  oauth_client_secret: { handling: { refused: 'migtop cannot log in by OAuth' } },
  oauth_scope: { handling: { refused: 'migtop cannot log in by OAuth' } },
  target_session_attrs: { env: 'PGTARGETSESSIONATTRS', handling: 'done' },
  load_balance_hosts: { env: 'PGLOADBALANCEHOSTS', handling: 'done' },
} as const satisfies Record<string, KeywordRule>;

/** Variables without a keyword, and the session setting that libpq sends for each (PostgreSQL manual, 34.15). */
export const sessionVariables = { PGDATESTYLE: 'datestyle', PGTZ: 'timezone', PGGEQO: 'geqo' } as const;

export type Keyword = keyof typeof keywords;

/** Connection parameters by libpq's keywords. An empty text is a value: it overrides the environment. */
export type ConnectionParameters = Partial<Record<Keyword, string>>;

/** Whether libpq has a connection parameter of this name, also one that migtop refuses. */
export function isKeyword(name: string): name is Keyword {
  return Object.hasOwn(keywords, name);
}

/** The environment variable of a keyword, if it has one. */
export function variableOf(keyword: Keyword): string | undefined {
  const rule: KeywordRule = keywords[keyword];
  return rule.env;
}

/** Why a value of a keyword is refused; null if it is supported. */
export function keywordRefusal(keyword: Keyword, value: string): string | null {
  const { handling }: KeywordRule = keywords[keyword];
  if (typeof handling === 'string') return null;
  if ('refused' in handling) return value === '' ? null : handling.refused;
  return handling.only.includes(value) ? null : handling.why;
}
