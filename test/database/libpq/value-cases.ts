import type { Case } from './cases.ts';
import type { Servers } from './servers.ts';

/** Since which major version libpq knows a keyword, where that is newer than the oldest psql that may judge. */
const sinceOf: Readonly<Record<string, number>> = {
  sslcertmode: 16,
  sslrootcert: 16,
  PGSSLCERTMODE: 16,
  PGREQUIREAUTH: 16,
  load_balance_hosts: 16,
  PGLOADBALANCEHOSTS: 16,
  gssdelegation: 17,
  sslnegotiation: 17,
  PGSSLNEGOTIATION: 17,
  max_protocol_version: 18,
  PGMAXPROTOCOLVERSION: 18,
  PGMINPROTOCOLVERSION: 18,
};

/** Each variable and keyword with right, wrong and empty values; ports, password files and service files as they are written. */
export function valueCases({ secure, socketDirectory }: Servers): Record<string, Case> {
  const at = `host=localhost port=${secure.port}`;
  const either = `${at} user=either dbname=either`;
  const dead = 1;
  const service = (name: string): string =>
    `[${name}]\nhost=localhost\nport=${secure.port}\nuser=either\ndbname=either\npassword=secret\n`;
  const cases: Record<string, Case> = {};
  const byTrust = `${at} user=trusted dbname=either`;
  const variables = (name: string, ...values: string[]): void => {
    for (const value of values) cases[`${name}=${value}`] = { given: byTrust, env: { [name]: value } };
  };
  variables('PGTZ', 'Europe/Berlin', 'Nowhere/Land', 'default', '');
  variables('PGDATESTYLE', 'German', 'SQL, DMY', 'bogus', 'DEFAULT', '');
  variables('PGGEQO', 'off', 'bogus', 'default', '');
  variables('PGCLIENTENCODING', 'LATIN1', 'bogus', 'auto', '', 'utf-8', 'SQL_ASCII');
  variables('PGSSLSNI', '0', '1', '');
  variables('PGSSLCERTMODE', 'disable', 'allow', 'bogus');
  variables('PGSSLCRL', '/nowhere.crl', '');
  variables('PGKRBSRVNAME', 'postgres');
  variables('PGGSSENCMODE', 'disable', 'prefer', 'require', 'bogus');
  variables('PGSSLMINPROTOCOLVERSION', 'TLSv1.3', 'bogus', '');
  variables('PGSSLMAXPROTOCOLVERSION', 'TLSv1.2', 'bogus', '');
  variables('PGREQUIREAUTH', 'none', 'password', 'bogus', '');
  variables('PGCHANNELBINDING', 'require', 'disable', 'bogus', '');
  variables('PGLOADBALANCEHOSTS', 'random', 'bogus');
  variables('PGSSLNEGOTIATION', 'postgres', 'bogus');
  variables('PGMAXPROTOCOLVERSION', '3.0', 'latest', '3.1', 'bogus');
  variables('PGMINPROTOCOLVERSION', '3.0', 'bogus', '');
  variables('PGSSLCOMPRESSION', '0', '1', 'bogus');
  variables('PGAPPNAME', 'a b', '');
  variables('PGPORT', 'x', '0', '65536');
  variables('PGHOSTADDR', 'x', '');
  variables('PGTARGETSESSIONATTRS', 'bogus', '');
  for (const [keyword, values] of Object.entries({
    client_encoding: ['bogus', 'auto', 'AUTO', "''", 'win-1252', 'default'],
    sslsni: ['0', 'bogus', "''"],
    sslcertmode: ['disable', 'bogus', "''"],
    sslcompression: ['1', 'bogus'],
    replication: ['false', 'off', 'bogus', "''"],
    max_protocol_version: ['3.2', 'bogus'],
    application_name: ['"a b"'],
    target_session_attrs: ["''", 'Primary'],
    load_balance_hosts: ["''"],
    sslmode: ["''", 'Prefer'],
    sslnegotiation: ["''"],
    channel_binding: ["''", 'Require'],
    gssencmode: ["''", 'bogus'],
    gssdelegation: ['1', 'bogus'],
    krbsrvname: ['x'],
    keepalives: ['0', '2', 'bogus'],
    connect_timeout: ['-1', '1', '5s', '0x5'],
    port: [`+${secure.port}`, `0${secure.port}`, `'${secure.port} '`, '5432x'],
    options: ["''", "'-c geqo=off'", "'--geqo=off'", "'-c'", "'bogus'"],
    hostaddr: ['::1', "'127.0.0.1 '"],
    requirepeer: ["''"],
    sslpassword: ['x'],
    sslrootcert: ["''", 'system'],
  }))
    for (const value of values)
      cases[`${keyword}=${value}, the last keyword`] = { given: `${byTrust} ${keyword}=${value}` };
  const throughSocket = `host=${socketDirectory} port=${secure.port} user=either dbname=either password=secret`;
  for (const more of [
    'sslcertmode=bogus',
    'sslcertmode=disable',
    'sslmode=bogus',
    'channel_binding=require',
    'sslnegotiation=bogus',
    'sslsni=0',
  ])
    cases[`${more}, through a socket`] = { given: `${throughSocket} ${more}` };
  cases['sslcertmode=bogus, sslmode=disable'] = { given: `${byTrust} sslmode=disable sslcertmode=bogus` };
  Object.assign(cases, {
    'a password file for a port with a zero before it': {
      given: `host=localhost port=0${secure.port} user=either dbname=either`,
      home: { '.pgpass': `*:0${secure.port}:*:*:secret\n` },
    },
    'a password file for the port without that zero': {
      given: `host=localhost port=0${secure.port} user=either dbname=either`,
      home: { '.pgpass': `*:${secure.port}:*:*:secret\n` },
    },
    'a password file with a zero before the port': {
      given: either,
      home: { '.pgpass': `*:0${secure.port}:*:*:secret\n` },
    },
    'a password file for a port with a blank behind it': {
      given: `host=localhost port='${secure.port} ' user=either dbname=either`,
      home: { '.pgpass': `*:${secure.port} :*:*:secret\n` },
    },
    'a password file for PGPORT with a plus': {
      given: 'host=localhost user=either dbname=either',
      env: { PGPORT: `+${secure.port}` },
      home: { '.pgpass': `*:+${secure.port}:*:*:secret\n` },
    },
    'a password file for a second server': {
      given: `host=localhost,localhost port=${dead},${secure.port} user=either dbname=either`,
      home: { '.pgpass': `*:${dead}:*:*:wrong\n*:${secure.port}:*:*:secret\n` },
    },
    'a password file that is a directory': { given: either, env: { PGPASSFILE: '~home~' } },
    'a password file of a long line': { given: either, home: { '.pgpass': `#${'x'.repeat(5000)}\n*:*:*:*:secret\n` } },
  } satisfies Record<string, Case>);
  const longLine = (length: number): string => `application_name=${'x'.repeat(length - 'application_name='.length)}`;
  for (const [name, file] of Object.entries({
    'the longest line': `${service('w')}${longLine(1021)}\n`,
    'a line that is too long': `${service('w')}${longLine(1022)}\n`,
    'the longest line at the end': `${service('w')}${longLine(1022)}`,
    'a line at the end that is too long': `${service('w')}${longLine(1023)}`,
    'a comment that is too long': `#${'x'.repeat(1100)}\n${service('w')}`,
    'a line that is too long in a later section': `${service('w')}[x]\n${longLine(1100)}\n`,
    'a line that is too long in an earlier section': `[x]\n${longLine(1100)}\n${service('w')}`,
    'a long line of two-byte letters': `${service('w')}application_name=${'é'.repeat(510)}\n`,
    'requiressl in a section': `${service('w')}requiressl=1\n`,
    'client_encoding in a section': `${service('w')}client_encoding=bogus\n`,
    'an empty keyword': `${service('w')}=x\n`,
    'blanks around =': `[w]\nhost = localhost\n${service('w').slice(4)}`,
  }))
    cases[`a service file with ${name}`] = { given: 'service=w', home: { '.pg_service.conf': file } };
  for (const [name, one] of Object.entries(cases)) {
    const since = sinceOf[/^\w+/.exec(name)?.[0] ?? ''];
    if (since !== undefined) cases[name] = { ...one, since };
  }
  return cases;
}
