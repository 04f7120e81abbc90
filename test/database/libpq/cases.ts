import { join } from 'node:path';
import { certificates, type Servers } from './servers.ts';

/** One way of saying where to connect to. */
export interface Case {
  /** The argument that the user types, if any. */
  readonly given?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the home directory, by their path there: their text, or the certificate that they are a copy of. */
  readonly home?: Readonly<Record<string, string | { readonly copyOf: string }>>;
  /** Permissions of those files; 0600 where nothing is said. */
  readonly mode?: number;
  /** The first major version of psql that knows the keyword. */
  readonly since?: number;
}

const certificate = (name: string): string => join(certificates, name);
const copy = (name: string): { copyOf: string } => ({ copyOf: certificate(name) });

/** Connection strings, environments and files, by names that say what they are about. */
export function connectionCases({ secure, open, socketDirectory }: Servers): Record<string, Case> {
  const at = `host=localhost port=${secure.port}`;
  const either = `${at} user=either dbname=either`;
  const plain = `host=localhost port=${open.port} user=either dbname=either`;
  const url = `postgres://either:secret@localhost:${secure.port}/either`;
  const cases: Record<string, Case> = {};
  const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

  for (const mode of modes) {
    for (const user of ['either', 'onlytls', 'onlyplain', 'fallback'])
      cases[`sslmode=${mode}, role ${user}, a server with TLS`] = {
        given: `${at} dbname=either user=${user} password=secret sslmode=${mode}`,
      };
    cases[`sslmode=${mode}, a server without TLS`] = { given: `${plain} password=secret sslmode=${mode}` };
    cases[`sslmode=${mode}, the authority in the home directory`] = {
      given: `${either} password=secret sslmode=${mode}`,
      home: { '.postgresql/root.crt': copy('authority.crt') },
    };
    cases[`sslmode=${mode}, another authority in the home directory`] = {
      given: `${either} password=secret sslmode=${mode}`,
      home: { '.postgresql/root.crt': copy('other-authority.crt') },
    };
    cases[`sslmode=${mode}, sslrootcert of the authority, another name of the server`] = {
      given: `host=127.0.0.1 port=${secure.port} user=either dbname=either password=secret sslmode=${mode} sslrootcert=${certificate('authority.crt')}`,
    };
    cases[`sslmode=${mode}, sslrootcert that is not there`] = {
      given: `${either} password=secret sslmode=${mode} sslrootcert=/nowhere/root.crt`,
    };
    cases[`sslmode=${mode}, through a socket`] = {
      given: `host=${socketDirectory} port=${secure.port} user=either dbname=either password=secret sslmode=${mode}`,
    };
  }

  const certified = `${at} user=certified dbname=either sslmode=require`;
  Object.assign(cases, {
    'a certificate by name': {
      given: `${certified} sslcert=${certificate('client.crt')} sslkey=~/k`,
    },
    'a certificate in the home directory': {
      given: certified,
      home: { '.postgresql/postgresql.crt': copy('client.crt'), '.postgresql/postgresql.key': copy('client.key') },
    },
    'a certificate without its key': { given: certified, home: { '.postgresql/postgresql.crt': copy('client.crt') } },
    'a key that others may read': {
      given: certified,
      home: { '.postgresql/postgresql.crt': copy('client.crt'), '.postgresql/postgresql.key': copy('client.key') },
      mode: 0o644,
    },
    'an encrypted key with its passphrase': {
      given: `${certified} sslpassword=opensesame`,
      home: {
        '.postgresql/postgresql.crt': copy('client.crt'),
        '.postgresql/postgresql.key': copy('client-encrypted.key'),
      },
    },
    'an encrypted key with another passphrase': {
      given: `${certified} sslpassword=sesame`,
      home: {
        '.postgresql/postgresql.crt': copy('client.crt'),
        '.postgresql/postgresql.key': copy('client-encrypted.key'),
      },
    },
    'a certificate that is not there': { given: `${either} password=secret sslmode=require sslcert=/nowhere/c.crt` },
    'no certificate where one is needed': { given: certified },
    'PGSSLCERT and PGSSLKEY': {
      given: certified,
      env: { PGSSLCERT: '~home~/c.crt', PGSSLKEY: '~home~/c.key' },
      home: { 'c.crt': copy('client.crt'), 'c.key': copy('client.key') },
    },
  } satisfies Record<string, Case>);

  for (const binding of ['disable', 'prefer', 'require'])
    for (const [name, user] of [
      ['SCRAM', 'either'],
      ['MD5', 'md5user'],
      ['trust', 'trusted'],
      ['a password in clear text', 'clear'],
    ])
      for (const mode of ['disable', 'require'])
        cases[`channel_binding=${binding}, ${name}, sslmode=${mode}`] = {
          given: `${at} user=${user} dbname=either password=secret sslmode=${mode} channel_binding=${binding}`,
        };

  const passwords: Record<string, string> = {
    'all of it': `localhost:${secure.port}:either:either:secret\n`,
    stars: '*:*:*:*:secret\n',
    'a comment before it': '# comment\n*:*:*:*:secret\n',
    'an empty line before it': '\n*:*:*:*:secret\n',
    'a short line': '*:*:*:*:x\n',
    'no line end': '*:*:*:*:secret',
    'a line end of Windows': '*:*:*:*:secret\r\n',
    'another host first': 'elsewhere:*:*:*:wrong\n*:*:*:*:secret\n',
    'the wrong one first': '*:*:*:*:wrong\n*:*:*:*:secret\n',
    'a blank at the end': '*:*:*:*:secret \n',
    'a colon behind it': '*:*:*:*:secret:more\n',
    'an escape in the user': '*:*:*:e\\ither:secret\n',
    'an escape in the password': '*:*:*:*:s\\ecret\n',
    'too few fields': '*:*:*:secret\n',
    'a star in a longer field': 'local*:*:*:*:secret\n',
    'the address of hostaddr': `127.0.0.1:*:*:*:secret\n`,
  };
  for (const [name, text] of Object.entries(passwords))
    cases[`a password file: ${name}`] = { given: either, home: { '.pgpass': text } };
  Object.assign(cases, {
    'a password file that others may read': { given: either, home: { '.pgpass': '*:*:*:*:secret\n' }, mode: 0o640 },
    'a password file by PGPASSFILE': {
      given: either,
      env: { PGPASSFILE: '~home~/own' },
      home: { own: '*:*:*:*:secret\n' },
    },
    'a password file by passfile': { given: `${either} passfile=~home~/own`, home: { own: '*:*:*:*:secret\n' } },
    'a password file and an empty PGPASSWORD': {
      given: either,
      env: { PGPASSWORD: '' },
      home: { '.pgpass': '*:*:*:*:secret\n' },
    },
    'a password file and a wrong PGPASSWORD': {
      given: either,
      env: { PGPASSWORD: 'wrong' },
      home: { '.pgpass': '*:*:*:*:secret\n' },
    },
    'a password file with escapes in the password': {
      given: `${at} dbname=either user='o\\'dd role'`,
      home: { '.pgpass': "*:*:*:o'dd role:a\\:b\\\\c d\n" },
    },
    'a password file for the directory of a socket': {
      given: `host=${socketDirectory} port=${secure.port} user=either dbname=either`,
      home: { '.pgpass': `${socketDirectory}:*:*:*:secret\n` },
    },
    'a password file that calls a named directory localhost': {
      given: `host=${socketDirectory} port=${secure.port} user=either dbname=either`,
      home: { '.pgpass': 'localhost:*:*:*:secret\n' },
    },
    'a password file for host beside hostaddr': {
      given: `${either} hostaddr=127.0.0.1`,
      home: { '.pgpass': 'localhost:*:*:*:secret\n127.0.0.1:*:*:*:wrong\n' },
    },
    'a password file for hostaddr alone': {
      given: `hostaddr=127.0.0.1 port=${secure.port} user=either dbname=either`,
      home: { '.pgpass': '127.0.0.1:*:*:*:secret\n' },
    },
    'no password at all': { given: either },
  } satisfies Record<string, Case>);

  const service = `[web]\n# comment\nhost=localhost\nport=${secure.port}\nuser=either\ndbname=either\npassword=secret\n\n[other]\nhost=nowhere.invalid\n`;
  Object.assign(cases, {
    'a service in the home directory': { given: 'service=web', home: { '.pg_service.conf': service } },
    'a service by PGSERVICE': { env: { PGSERVICE: 'web' }, home: { '.pg_service.conf': service } },
    'a service in PGSERVICEFILE': {
      given: 'service=web',
      env: { PGSERVICEFILE: '~home~/services' },
      home: { services: service },
    },
    'a service file that is not there': { given: 'service=web', env: { PGSERVICEFILE: '/nowhere/services' } },
    'a service in PGSYSCONFDIR': {
      given: 'service=web',
      env: { PGSYSCONFDIR: '~home~' },
      home: { 'pg_service.conf': service },
    },
    'a service that is in no file': { given: 'service=nobody', home: { '.pg_service.conf': service } },
    'a service and a string that says otherwise': {
      given: 'service=web user=trusted',
      home: { '.pg_service.conf': service },
    },
    'a service and a variable that says otherwise': {
      given: 'service=web',
      env: { PGUSER: 'trusted' },
      home: { '.pg_service.conf': service },
    },
    'a service in a URL': { given: 'postgres:///?service=web', home: { '.pg_service.conf': service } },
    'a service with a blank before the =': {
      given: 'service=web',
      home: { '.pg_service.conf': service.replace('host=', 'host =') },
    },
    'a service that names a service': {
      given: 'service=web',
      home: { '.pg_service.conf': service.replace('user=either', 'service=other') },
    },
    'a service with an unknown keyword': {
      given: 'service=web',
      home: { '.pg_service.conf': service.replace('user=either', 'bogus=either') },
    },
    'a service file with a byte order mark': { given: 'service=web', home: { '.pg_service.conf': `\ufeff${service}` } },
    'a service with requiressl': {
      given: 'service=web',
      home: { '.pg_service.conf': service.replace('user=either', 'requiressl=1\nuser=either') },
    },
    'a service in two sections': {
      given: 'service=web',
      home: { '.pg_service.conf': `${service}\n[web]\nhost=nowhere.invalid\n` },
    },
  } satisfies Record<string, Case>);

  const two = (first: number, second: number): string =>
    `host=localhost,localhost port=${first},${second} user=either dbname=either password=secret connect_timeout=3`;
  const dead = 1;
  Object.assign(cases, {
    'two servers, the first is dead': { given: two(dead, secure.port) },
    'two servers, both live': { given: two(open.port, secure.port) },
    'two servers, both dead': { given: two(dead, dead) },
    'two servers, one port': { given: `host=nowhere.invalid,localhost port=${secure.port} user=trusted dbname=either` },
    'two servers, three ports': { given: 'host=localhost,localhost port=1,2,3 user=trusted dbname=either' },
    'two servers, one hostaddr': { given: 'host=a,b hostaddr=127.0.0.1 user=trusted dbname=either' },
    'two servers in a URL': {
      given: `postgres://either:secret@localhost:${dead},localhost:${secure.port}/either`,
    },
    'two servers in PGHOST and PGPORT': {
      env: {
        PGHOST: 'localhost,localhost',
        PGPORT: `${dead},${secure.port}`,
        PGUSER: 'either',
        PGDATABASE: 'either',
        PGPASSWORD: 'secret',
      },
    },
    'two servers, the first refuses the password': {
      given: `host=localhost,localhost port=${secure.port},${open.port} user=either dbname=either password=wrong`,
    },
    'two servers, the first has no such database': {
      given: `host=localhost,localhost port=${secure.port},${open.port} user=trusted dbname=nothere`,
    },
  } satisfies Record<string, Case>);
  for (const kind of ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby', 'bogus'])
    cases[`target_session_attrs=${kind}, two servers`] = {
      given: `${two(open.port, secure.port)} target_session_attrs=${kind}`,
    };
  cases.PGTARGETSESSIONATTRS = { given: two(open.port, secure.port), env: { PGTARGETSESSIONATTRS: 'read-write' } };

  const trusted = { PGUSER: 'trusted', PGPORT: String(secure.port), PGHOST: 'localhost' };
  Object.assign(cases, {
    'a URL': { given: url },
    'a URL with postgresql://': { given: url.replace('postgres:', 'postgresql:') },
    'a URL with another scheme': { given: url.replace('postgres:', 'mysql:') },
    'a URL with an upper-case scheme': { given: url.replace('postgres:', 'POSTGRES:'), env: trusted },
    'a URL without a database': { given: url.replace('/either', '/'), env: { PGDATABASE: 'either' } },
    'a URL with nothing behind the port': { given: `postgres://trusted@localhost:${secure.port}?dbname=either` },
    'a URL with an empty port': { given: 'postgres://either:secret@localhost:/either', env: trusted },
    'a URL with ssl=true': { given: `${url}?ssl=true` },
    'a URL with sslmode': { given: `${url}?sslmode=disable` },
    'a URL with an encoded socket': {
      given: `postgres://either:secret@${encodeURIComponent(socketDirectory)}:${secure.port}/either`,
    },
    'a URL with the socket as a parameter': {
      given: `postgres:///either?host=${socketDirectory}&port=${secure.port}&user=either&password=secret`,
    },
    'a URL with a # in the password': { given: url.replace('secret', 'sec#ret') },
    'a URL with an encoded user': {
      given: `postgres://o%27dd%20role:a%3Ab%5Cc%20d@localhost:${secure.port}/data%20base%3D1`,
    },
    'a URL with a bad encoding': { given: url.replace('secret', '%zz') },
    'a URL with an encoded NUL': { given: url.replace('secret', '%00') },
    'a URL with an unknown parameter': { given: `${url}?bogus=1` },
    'a URL with a parameter without a value': { given: `${url}?sslmode` },
    'a URL with an empty parameter': { given: `${url}?application_name=` },
    'a URL with two = in a parameter': { given: `${url}?options=-csearch_path=x` },
    'a URL with an application': { given: `${url}?application_name=night%20watch` },
    'a URL with a bracketed address': { given: `postgres://trusted@[::1]:${secure.port}/either` },
    'a URL with an unclosed bracket': { given: `postgres://trusted@[::1:${secure.port}/either` },
    'a URL with a bad port': { given: 'postgres://trusted@localhost:99999/either' },
    'a URL with an & at the end': { given: `${url}?sslmode=disable&` },
    'a URL with a blank at the end': { given: `${url} ` },
    'a URL with a + in the user': { given: `postgres://a+b@localhost:${secure.port}/either` },
    'quoted values': { given: `${at} user='o\\'dd role' password='a:b\\\\c d' dbname='data base=1'` },
    'blanks around =': { given: `host = localhost port = ${secure.port} user = trusted dbname = either` },
    'an empty quoted value': { given: `${either} password=secret application_name=''` },
    'an escaped blank at the end': { given: `${either} password=secret\\ ` },
    'a no-break space between two keywords': { given: `${at}\u00a0user=trusted dbname=either` },
    'a database name with a blank before it': { given: ' either', env: trusted },
    'sslmode=disable, then requiressl=1': { given: `${either} password=secret sslmode=disable requiressl=1` },
    'requiressl=1, then sslmode=disable': { given: `${either} password=secret requiressl=1 sslmode=disable` },
    'no host, and no socket': { given: `port=${open.port} user=trusted dbname=either` },
    'an empty host among two': { given: `host=localhost, port=1,${open.port} user=trusted dbname=either` },
    'an empty connect_timeout': { given: `${either} password=secret connect_timeout=` },
    'an empty keepalives': { given: `${either} password=secret keepalives=` },
    'an empty gssencmode': { given: `${either} password=secret gssencmode=` },
    'an empty PGCONNECT_TIMEOUT': { given: `${either} password=secret`, env: { PGCONNECT_TIMEOUT: '' } },
    'connect_timeout that is longer than a timer': { given: `${either} password=secret connect_timeout=3000000` },
    'connect_timeout that is no integer of 32 bits': { given: `${either} password=secret connect_timeout=2147483648` },
    'the same keyword twice': { given: `${either} password=wrong password=secret` },
    'an unknown keyword': { given: `${either} password=secret bogus=1` },
    'no closing quote': { given: `${either} password='secret` },
    'a keyword without =': { given: `${either} password` },
    'a quoted value without a blank behind it': {
      given: `host='localhost'port=${secure.port} user=trusted dbname=either`,
    },
    'an escaped blank': { given: `${at} user=o\\'dd\\ role password=a:b\\\\c\\ d dbname=either` },
    'an empty host': { given: 'host= user=trusted dbname=either', env: { PGHOST: 'localhost' } },
    'an empty port': { given: 'host=localhost port= user=trusted dbname=either', env: { PGPORT: String(secure.port) } },
    'a database name': { given: 'either', env: trusted },
    'a database that is not there': { given: 'nothere', env: trusted },
    'only variables': { env: { ...trusted, PGDATABASE: 'either' } },
    'only variables, and no database': { env: { ...trusted, PGUSER: 'either', PGPASSWORD: 'secret' } },
    PGAPPNAME: { given: 'either', env: { ...trusted, PGAPPNAME: 'night' } },
    'a fallback_application_name': { given: `${either} password=secret fallback_application_name=night` },
    PGOPTIONS: { given: 'either', env: { ...trusted, PGOPTIONS: '-c application_name=by\\ options' } },
    'options that the server refuses': { given: `${either} password=secret options='-c bogus=1'` },
    'PGSSLMODE that is wrong': { given: 'either', env: { ...trusted, PGSSLMODE: 'bogus' } },
    'PGSSLMODE that is empty': { given: 'either', env: { ...trusted, PGSSLMODE: '' } },
    PGREQUIRESSL: { given: 'either', env: { ...trusted, PGREQUIRESSL: '1' } },
    'PGCONNECT_TIMEOUT that is wrong': { given: 'either', env: { ...trusted, PGCONNECT_TIMEOUT: 'soon' } },
    'connect_timeout=0': { given: `${either} password=secret connect_timeout=0` },
    'connect_timeout with blanks': { given: `${either} password=secret connect_timeout=' 5 '` },
    'PGHOSTADDR beside a name that nobody has': {
      given: `host=nowhere.invalid port=${secure.port} user=trusted dbname=either`,
      env: { PGHOSTADDR: '127.0.0.1' },
    },
    'hostaddr that is no address': { given: `${either} hostaddr=localhost password=secret` },
    'a socket that is not there': { given: 'host=/nowhere user=trusted dbname=either' },
    'a name that nobody has': { given: 'host=nowhere.invalid user=trusted dbname=either' },
    'keepalives and tcp_user_timeout': {
      given: `${either} password=secret keepalives=1 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=5000`,
    },
    'keepalives that are no number': { given: `${either} password=secret keepalives_idle=x` },
    'keepalives_interval that is no number': { given: `${either} password=secret keepalives_interval=x` },
    'keepalives_count that is no number': { given: `${either} password=secret keepalives_count=x` },
    'keepalives=0 and a keepalives_idle that is no number': {
      given: `${either} password=secret keepalives=0 keepalives_idle=x`,
    },
    'keepalives_idle that is no number, through a socket': {
      given: `host=${socketDirectory} port=${secure.port} user=either dbname=either password=secret keepalives_idle=x`,
    },
    'keepalives_idle=0': { given: `${either} password=secret keepalives_idle=0` },
    'keepalives_idle that is too high': { given: `${either} password=secret keepalives_idle=32768` },
    'keepalives_count that is too high': { given: `${either} password=secret keepalives_count=128` },
    'keepalives_interval that is negative': { given: `${either} password=secret keepalives_interval=-1` },
    'tcp_user_timeout that is no number': { given: `${either} password=secret tcp_user_timeout=x` },
    'tcp_user_timeout that is no number, through a socket': {
      given: `host=${socketDirectory} port=${secure.port} user=either dbname=either password=secret tcp_user_timeout=x`,
    },
    'gssencmode=require': { given: `${either} password=secret gssencmode=require` },
    'gssencmode=disable': { given: `${either} password=secret gssencmode=disable` },
    ssl_min_protocol_version: { given: `${either} password=secret sslmode=require ssl_min_protocol_version=TLSv1.3` },
    'ssl_min_protocol_version that is wrong': { given: `${either} password=secret ssl_min_protocol_version=SSLv9` },
    'ssl_max_protocol_version below the minimum': {
      given: `${either} password=secret sslmode=require ssl_max_protocol_version=TLSv1`,
    },
    'ssl_max_protocol_version below the minimum, with sslmode=prefer': {
      given: `${either} password=secret ssl_max_protocol_version=TLSv1.1`,
    },
    'ssl_max_protocol_version that is wrong, with sslmode=disable': {
      given: `${either} password=secret sslmode=disable ssl_max_protocol_version=x`,
    },
    client_encoding: { given: `${either} password=secret client_encoding=LATIN1` },
    'require_auth that fits': { given: `${either} password=secret require_auth=scram-sha-256`, since: 16 },
    'require_auth that does not fit': { given: `${either} password=secret require_auth=md5`, since: 16 },
    'require_auth, negated': { given: `${either} password=secret require_auth=!scram-sha-256`, since: 16 },
    'sslnegotiation=direct': { given: `${either} password=secret sslmode=require sslnegotiation=direct`, since: 17 },
    'sslnegotiation=direct with a weak sslmode': {
      given: `${either} password=secret sslnegotiation=direct`,
      since: 17,
    },
    'load_balance_hosts=random': { given: `${either} password=secret load_balance_hosts=random`, since: 16 },
  } satisfies Record<string, Case>);
  return cases;
}
