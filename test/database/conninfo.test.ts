import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf } from '../../source/database/address.ts';
import { connectionParameters, parseConninfo } from '../../source/database/conninfo.ts';
import { DatabaseError } from '../../source/database/database-error.ts';

function errorOf(run: () => unknown): DatabaseError {
  try {
    run();
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a URL', () => {
  it.each([
    [
      'postgres://ana:s3cret@db1:6432/dispatch',
      { user: 'ana', password: 's3cret', host: 'db1', port: '6432', dbname: 'dispatch' },
    ],
    ['postgresql://db1/dispatch', { host: 'db1', dbname: 'dispatch' }],
    ['POSTGRES://db1/dispatch', { host: 'db1', dbname: 'dispatch' }],
    ['postgres://db1', { host: 'db1' }],
    ['postgres://ana@db1', { user: 'ana', host: 'db1' }],
    ['postgres://', {}],
    ['postgres:///dispatch', { dbname: 'dispatch' }],
    ['postgres://ana@/dispatch', { user: 'ana', dbname: 'dispatch' }],
    ['postgres://db1:/dispatch', { host: 'db1', dbname: 'dispatch' }],
    ['postgres://[::1]:6432/dispatch', { host: '::1', port: '6432', dbname: 'dispatch' }],
    ['postgres://ana@[2001:db8::7]/dispatch', { user: 'ana', host: '2001:db8::7', dbname: 'dispatch' }],
    ['postgres://[fe80::1%25eth0]/dispatch', { host: 'fe80::1%eth0', dbname: 'dispatch' }],
    ['postgres://%2Fvar%2Frun%2Fpostgresql/dispatch', { host: '/var/run/postgresql', dbname: 'dispatch' }],
    ['postgres:///dispatch?host=/tmp&port=5433', { dbname: 'dispatch', host: '/tmp', port: '5433' }],
    [
      'postgres://a%40b:p%3A%40%2F%3F%23%25w@db1/caf%C3%A9',
      { user: 'a@b', password: 'p:@/?#%w', host: 'db1', dbname: 'café' },
    ],
    ['postgres://ana:a:b:c@db1/d', { user: 'ana', password: 'a:b:c', host: 'db1', dbname: 'd' }],
    [
      'postgres://ana:a+b@db1/d?application_name=x+y',
      {
        user: 'ana',
        password: 'a+b',
        host: 'db1',
        dbname: 'd',
        application_name: 'x+y',
      },
    ],
    ['postgres:///d?user=ana&password=a+b%20c%3D', { dbname: 'd', user: 'ana', password: 'a+b c=' }],
    [
      'postgres://db1/d?options=-c%20statement_timeout=5s',
      {
        host: 'db1',
        dbname: 'd',
        options: '-c statement_timeout=5s',
      },
    ],
    [
      'postgres://db1/d?sslmode=verify-full&sslrootcert=/etc/ca.pem',
      {
        host: 'db1',
        dbname: 'd',
        sslmode: 'verify-full',
        sslrootcert: '/etc/ca.pem',
      },
    ],
    ['postgres://db1/d?ssl=true', { host: 'db1', dbname: 'd', sslmode: 'require' }],
    ['postgres://db1/d?target_session_attrs=read-write&channel_binding=prefer', { host: 'db1', dbname: 'd' }],
    ['postgres://db1/d?', { host: 'db1', dbname: 'd' }],
  ])('%s', (text, parameters) => {
    expect(parseConninfo(text)).toEqual(parameters);
  });

  it('brings back whatever was percent-encoded into it', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed());
    fc.assert(
      fc.property(part, part, part, (user, password, dbname) => {
        const [u, p, d] = [user, password, dbname].map(encodeURIComponent);
        expect(parseConninfo(`postgres://${u}:${p}@db1/${d}`)).toEqual({ user, password, host: 'db1', dbname });
        expect(parseConninfo(`postgres://db1?user=${u}&password=${p}&dbname=${d}`)).toEqual({
          user,
          password,
          host: 'db1',
          dbname,
        });
      }),
    );
  });
});

describe('a key=value string', () => {
  it.each([
    ['host=db1 dbname=dispatch user=ana', { host: 'db1', dbname: 'dispatch', user: 'ana' }],
    ['host = db1   dbname= dispatch', { host: 'db1', dbname: 'dispatch' }],
    ['  host=db1\n\tdbname=dispatch  ', { host: 'db1', dbname: 'dispatch' }],
    ["password='two words' dbname=d", { password: 'two words', dbname: 'd' }],
    [String.raw`password='it\'s \\ here' dbname=d`, { password: String.raw`it's \ here`, dbname: 'd' }],
    [String.raw`password=a\ b\\c dbname=d`, { password: String.raw`a b\c`, dbname: 'd' }],
    ["password=it's dbname=d", { password: "it's", dbname: 'd' }],
    ["password='' dbname=d", { dbname: 'd' }],
    ["options='-c statement_timeout=5s' dbname=d", { options: '-c statement_timeout=5s', dbname: 'd' }],
    ['password=a=b dbname=d', { password: 'a=b', dbname: 'd' }],
    ['password=postgres://x dbname=d', { password: 'postgres://x', dbname: 'd' }],
    ['dbname=first dbname=second', { dbname: 'second' }],
    ['dbname=d keepalives=1 client_encoding=utf8', { dbname: 'd' }],
  ])('%s', (text, parameters) => {
    expect(parseConninfo(text)).toEqual(parameters);
  });

  it('brings back whatever was quoted into it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (password) => {
        const quoted = `'${password.replace(/[\\']/g, '\\$&')}'`;
        expect(parseConninfo(`host=db1 password=${quoted} dbname=d`)).toEqual({ host: 'db1', password, dbname: 'd' });
      }),
    );
  });
});

describe('a bare word', () => {
  it('names a database, as in psql', () => {
    expect(parseConninfo('dispatch')).toEqual({ dbname: 'dispatch' });
  });
});

describe('a string that cannot be read', () => {
  it.each([
    ['another kind of database', 'mysql://ana:hunter2@db1/d'],
    ['another kind of database, with parameters', 'mysql://ana:hunter2@db1/d?ssl=true'],
    ['a port that is a word', 'postgres://ana:hunter2@db1:port/d'],
    ['a port that is too large', 'postgres://ana:hunter2@db1:70000/d'],
    ['port 0', 'postgres://ana:hunter2@db1:0/d'],
    ['a bad percent-encoding in the password', 'postgres://ana:hunter2%zz@db1/d'],
    ['a bad percent-encoding in a parameter', 'postgres://db1/d?password=hunter2%zz'],
    ['several hosts', 'postgres://ana:hunter2@db1,db2/d'],
    ['several hosts in a parameter', 'postgres:///d?host=db1,db2&password=hunter2'],
    ['a fragment', 'postgres://ana:hunter2@db1/d#x'],
    ['an unknown parameter', 'postgres://ana:hunter2@db1/d?colour=red'],
    ['an open bracket', 'postgres://ana:hunter2@[::1/d'],
    ['a bare @ in the password', 'postgres://ana:x@hunter2@db1/d'],
    ['a bare / in the password', 'postgres://ana:12/hunter2@db1/d'],
    ['a bare ? in the password', 'postgres://ana:12?hunter2@db1/d'],
    ['a bare ? and = in the password', 'postgres://ana:12?hunter2=x@db1/d'],
    ['a bare # in the password', 'postgres://ana:#hunter2@db1/d'],
    ['a scheme with one slash', 'postgres:/ana:hunter2@db1/d'],
    ['no scheme', 'ana:hunter2@db1'],
    ['no scheme but slashes', '//ana:hunter2@db1/d'],
    ['no scheme, with parameters', 'ana:hunter2@db1/d?sslmode=require'],
    ['a password with a bare blank', 'host=db1 password=my hunter2 dbname=d'],
    ['a quote that is never closed', "host=db1 password='hunter2 dbname=d"],
    ['a key without a value', 'host=db1 password=hunter2 dbname'],
    ['a key that nobody knows', 'host=db1 password=hunter2 colour=red'],
    ['a key that is not one', 'host=db1 password=hunter2 PORT=5432'],
    ['a port that is none', 'host=db1 password=hunter2 port=x'],
    ['a port with a sign', 'host=db1 password=hunter2 port=-1'],
  ])('is a mistake of use, and its password is not repeated: %s', (_, text) => {
    const error = errorOf(() => parseConninfo(text));
    expect(error.kind).toBe('usage');
    expect(error.message).not.toContain('hunter2');
    expect(error.message).not.toBe('');
  });

  it('names what is wrong', () => {
    expect(errorOf(() => parseConninfo('mysql://db1/d?ssl=true')).message).toContain('mysql:// is not a PostgreSQL');
    expect(errorOf(() => parseConninfo('postgres://db1/d?colour=red')).message).toContain('colour');
    expect(errorOf(() => parseConninfo('port=70000')).message).toContain('from 1 to 65535');
    expect(errorOf(() => parseConninfo('host=a,b')).message).toContain('Several hosts');
  });
});

describe('the surroundings', () => {
  it('fill in what the string leaves out', () => {
    const env = {
      PGHOST: 'db2',
      PGUSER: 'eve',
      PGPASSWORD: 'pw',
      PGSSLMODE: 'require',
      PGDATABASE: 'other',
      PGPORT: '',
    };
    expect(connectionParameters('postgres://ana@db1/dispatch', env)).toEqual({
      host: 'db1',
      user: 'ana',
      dbname: 'dispatch',
      password: 'pw',
      sslmode: 'require',
    });
  });

  it('give the whole address by DATABASE_URL, which goes before the PG* variables', () => {
    const env = { DATABASE_URL: 'postgres://db1/dispatch', PGHOST: 'db2', PGPORT: '6432' };
    expect(connectionParameters(undefined, env)).toEqual({ host: 'db1', port: '6432', dbname: 'dispatch' });
  });

  it('do not mix DATABASE_URL into a string that was typed', () => {
    const env = { DATABASE_URL: 'postgres://prod:secret@db1:7777/dispatch' };
    expect(connectionParameters('dbname=test', env)).toEqual({ dbname: 'test' });
  });

  it.each(['PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGPORT', 'PGUSER'])('are enough with %s alone', (name) => {
    expect(Object.values(connectionParameters(undefined, { [name]: '5432' }))).toEqual(['5432']);
  });

  it.each([
    ['nothing', {}],
    ['a password only', { PGPASSWORD: 'hunter2' }],
    ['empty values', { DATABASE_URL: '', PGHOST: '' }],
    ['blanks', { DATABASE_URL: '  ' }],
  ])('name no database with %s', (_, env) => {
    const error = errorOf(() => connectionParameters(undefined, env));
    expect(error.kind).toBe('usage');
    expect(error.message).toContain('No database is named');
    expect(error.message).not.toContain('hunter2');
  });

  it('do not repeat the password of a DATABASE_URL that cannot be read', () => {
    const error = errorOf(() => connectionParameters(undefined, { DATABASE_URL: 'postgres://ana:hunter2@db1:x/d' }));
    expect(error.message).not.toContain('hunter2');
  });
});

// Addresses with a host only: without one, the sockets of this machine are looked for.
describe('an address', () => {
  const host = 'db1';

  it('has the defaults of libpq', () => {
    expect(addressOf({ host, user: 'ana' })).toMatchObject({
      host,
      port: 5432,
      user: 'ana',
      database: 'ana',
      applicationName: 'migtop',
      connectTimeoutMs: 10_000,
    });
  });

  it('goes to hostaddr where host is only its name', () => {
    expect(addressOf({ host, hostaddr: '10.0.0.7' }).host).toBe('10.0.0.7');
  });

  it.each([
    ['5', 5000],
    ['1', 2000],
    ['0', 10_000],
    ['-1', 10_000],
  ])('waits for a connection as libpq does with connect_timeout=%s', (connect_timeout, milliseconds) => {
    expect(addressOf({ host, connect_timeout }).connectTimeoutMs).toBe(milliseconds);
  });

  it('never asks for more milliseconds than a timer takes, which would be none', () => {
    expect(addressOf({ host, connect_timeout: '2147483647' }).connectTimeoutMs).toBe(2_147_483_647);
  });

  it.each(['soon', '1e999', '5s'])('refuses connect_timeout=%s', (connect_timeout) => {
    expect(errorOf(() => addressOf({ host, connect_timeout })).kind).toBe('usage');
  });

  it.each(['0', '65536', '-1', '5432x', '5.4', '٥'])('refuses port %s', (port) => {
    expect(errorOf(() => addressOf({ host, port })).message).toContain('from 1 to 65535');
  });
});

describe('encryption', () => {
  const host = 'db1';
  const unverified = { rejectUnauthorized: false };

  it.each([
    ['disable', [false]],
    ['allow', [false, unverified]],
    ['prefer', [unverified, false]],
    ['require', [unverified]],
    ['no-verify', [unverified]],
    ['verify-full', [{}]],
  ])('with sslmode=%s tries what libpq tries, in its order', (sslmode, encryption) => {
    expect(addressOf({ host, sslmode }).encryption).toEqual(encryption);
  });

  it('prefers TLS without being told', () => {
    expect(addressOf({ host }).encryption).toEqual([unverified, false]);
  });

  it('verifies the authority, but not the name, with verify-ca', () => {
    const [options] = addressOf({ host, sslmode: 'verify-ca' }).encryption;
    expect(options).not.toHaveProperty('rejectUnauthorized');
    expect(options ? options.checkServerIdentity?.('other', {} as never) : 'no options').toBeUndefined();
  });

  it('is left out on a socket, which takes none', () => {
    expect(addressOf({ host: '/tmp', sslmode: 'verify-full' }).encryption).toEqual([false]);
  });

  it('verifies in full where the authorities of the system are named, and refuses less', () => {
    expect(addressOf({ host, sslrootcert: 'system' }).encryption).toEqual([{}]);
    expect(addressOf({ host, sslrootcert: 'system', sslmode: 'verify-full' }).encryption).toEqual([{}]);
    for (const sslmode of ['allow', 'prefer', 'require', 'verify-ca']) {
      expect(errorOf(() => addressOf({ host, sslrootcert: 'system', sslmode })).message).toContain('verify-full');
    }
  });

  it('checks the certificate against the name, not against the address that leads there', () => {
    const { host: connectsTo, encryption } = addressOf({ host, hostaddr: '10.0.0.7', sslmode: 'verify-full' });
    expect(connectsTo).toBe('10.0.0.7');
    expect(encryption).toEqual([{ host, servername: host }]);
  });

  it('refuses a mode that there is not', () => {
    expect(errorOf(() => addressOf({ host, sslmode: 'on' })).message).toContain('verify-full, not "on"');
  });

  it('names a certificate file that cannot be read', () => {
    const error = errorOf(() => addressOf({ host, sslmode: 'verify-ca', sslrootcert: '/nowhere/ca.pem' }));
    expect(error.kind).toBe('usage');
    expect(error.message).toContain('sslrootcert');
    expect(error.message).toContain('/nowhere/ca.pem');
  });
});
