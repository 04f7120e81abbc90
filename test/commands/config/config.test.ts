import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import meow from 'meow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Invocation, parseArguments } from '../../../source/commands/arguments.ts';
import type { Config } from '../../../source/commands/config/config.ts';
import { readConfigText, usualConfigFile } from '../../../source/commands/config/config-file.ts';
import { chosenSettings, configured, guardOf } from '../../../source/commands/config/configure.ts';
import { configKeys, isNameForm } from '../../../source/commands/config/declaration.ts';
import { parseConfig } from '../../../source/commands/config/parse-config.ts';
import { keyPositions } from '../../../source/commands/config/positions.ts';
import { messageOf } from '../../../source/database/database-error.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'migtop-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const parse = (text: string, isReadableByOthers = false): Config =>
  parseConfig({ file: 'config.toml', text, isReadableByOthers });

function problem(text: string, isReadableByOthers = false): string {
  try {
    parse(text, isReadableByOthers);
  } catch (error) {
    return messageOf(error);
  }
  return expect.fail(`it was accepted: ${text}`);
}

/** Writes a configuration file, and returns its path. */
function written(text: string, mode = 0o600, name = 'config.toml'): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

describe('a configuration file', () => {
  it('takes every declared key with its example', () => {
    for (const { path, example } of configKeys.filter((key) => key.example !== undefined)) {
      const table = path.slice(0, -1).filter((part) => part !== 'counting');
      const header = table.length === 0 ? '' : `[${table.map((part) => (isNameForm(part) ? 'x' : part)).join('.')}]\n`;
      const needed =
        path[0] === 'target'
          ? '\n[targets.staging]\nhost = "h"'
          : path[0] === 'targets'
            ? '\nuser = "u"'
            : path[0] === 'commands'
              ? '\nrun = ["x"]'
              : '';
      const own = needed.trim().split(' ')[0];
      const text = `${header}${example}${example?.startsWith(own ?? '-') && own !== '' ? '' : needed}`;
      expect(() => parse(text), text).not.toThrow();
    }
  });

  it.each([
    ['\nintervall = 2', 'config.toml:2:1: unknown key "intervall"; did you mean: interval'],
    [
      '[targets.prod]\nhost = "h"\n  prot = 5433',
      'config.toml:3:3: unknown key "prot" in [targets.prod]; did you mean: port',
    ],
    [
      'targets = { prod = { host = "h", prodution = true } }',
      'config.toml:1:34: unknown key "prodution" in [targets.prod]; did you mean: production',
    ],
    ['[target.prod]\nhost = "h"', 'config.toml:1:2: target takes a text, in quotes'],
    ['[column]\noverview = ["id"]', 'config.toml:1:2: unknown key "column"; did you mean: columns'],
    ['interval = "2"', 'config.toml:1:1: interval takes a number'],
    ['interval = 0.1', 'config.toml:1:1: interval takes 0.2 to 60 seconds, not "0.1"'],
    ['theme = "drak"', 'config.toml:1:1: theme takes one of auto, dark, light'],
    ['[targets.a]\nhost = "h"\nproduction = "yes"', 'config.toml:3:1: targets.a.production takes true or false'],
    [
      '[targets.a]\nhost = "h"\nsince = "soon"',
      'config.toml:3:1: targets.a.since: neither a time nor a duration; it takes an id',
    ],
    ['[targets.a]\ntable = "x"', 'config.toml:1:2: target a names no database'],
    ['[targets.a]\nurl = "mysql://h"', 'config.toml:2:1: The connection is not a PostgreSQL URL'],
    ['[targets."a b"]\nhost = "h"', 'config.toml:1:2: the name has to be up to 64 letters'],
    ['targets = 3', 'config.toml:1:1: targets has to be a table'],
    ['production_hosts = "db1"', 'config.toml:1:1: production_hosts takes a list of texts'],
    ['production_hosts = ["*", 3]', 'config.toml:1:1: production_hosts takes a list of texts'],
    ...['db1:5432', '10.0.0.0/8', 'postgres://db1', 'ops@db1'].map((one) => [
      `production_hosts = ["${one}"]`,
      'config.toml:1:1: production_hosts takes host names and addresses without a port',
    ]),
    ['target = "prod"', 'config.toml:1:1: there is no target of that name'],
    ['[commands.x]\nrun = []', 'config.toml:2:1: command x needs run'],
    ['[commands.x]\nrun = ["a", "{idd}"]', 'config.toml:2:1: commands.x.run: there is no value'],
    ['[commands.x]\nrun = ["{table}"]', 'config.toml:2:1: commands.x.run: the program cannot be'],
    [
      '[commands.x]\nrun = ["/bin/bash", "-o", "pipefail", "-ec", "echo {error}"]',
      'commands.x.run: the shell would run what a value contains: write "$MIGTOP_ERROR"',
    ],
    ['[commands.x]\nrun = ["timeout", "5", "sh", "-c", "x {id} {table}"]', 'the shell would run'],
    ['a = ', 'config.toml:1:'],
    ['a = 1\na = 2', 'config.toml:2:1: '],
  ])('with %j is refused with its place', (text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('may give the shell numbers in its commands, and every value after them', () => {
    const run = (words: string) => parse(`[commands.x]\nrun = [${words}]`).commands;
    expect(run('"sh", "-c", "x {id} {worker}"')).toHaveLength(1);
    expect(run('"sh", "-c", "x \\"$1\\"", "sh", "{error}"')).toHaveLength(1);
    expect(run('"sh", "script", "-c", "{error}"')).toHaveLength(1);
  });

  it('never repeats a value in an error, nor lines of the file', () => {
    for (const text of [
      '[targets.a]\nhost = "h"\npassword = "s3cret" x',
      '[targets.a]\nhost = "h"\npassword = ["s3cret"]',
      '[targets.a]\nurl = "postgres://u:s3cret@h:port/d"',
      '[targets.a]\ntable = "s3cret://@"\nhost = "h"',
      '"s3cret of mine" = 1',
    ])
      expect(problem(text)).not.toContain('s3cret');
  });

  it('with a password has to be readable by nobody else', () => {
    for (const text of ['[targets.a]\nhost = "h"\npassword = "x"', '[targets.a]\nurl = "postgres://u:x@h/d"']) {
      expect(problem(text, true)).toMatch(/chmod 600 config\.toml, or put it into ~\/\.pgpass/);
      expect(parse(text).targets).toHaveLength(1);
    }
  });

  it('is bounded', () => {
    expect(problem(`target = "${'x'.repeat(20_000)}"`)).toContain('longer than 10000 characters');
    expect(problem('[targets.a]\nhost = "a\\u001B[2J"')).toContain('contains a control character');
    const nested = `production_hosts = ${'['.repeat(5000)}${']'.repeat(5000)}`;
    expect(problem(nested)).toMatch(/^config\.toml:1:/);
    expect(problem(Array.from({ length: 600 }, (_, i) => `[targets.t${i}]\nhost = "h"`).join('\n'))).toContain(
      'more than 500',
    );
    expect(problem(`${'a.'.repeat(60_000)}a = 1`)).toContain('config.toml:1:1: unknown key "a"');
    expect(problem('[targets.__proto__]\nhost = "h"')).toContain('the name has to be');
  });

  it('knows the place of each key', () => {
    const at = (text: string, ...path: string[]) => keyPositions(text).get(JSON.stringify(path));
    const text =
      '# [a]\nx = """\n[b]\ny = 1\n"""\n[a."b c"]\n  d . e = [ "[", # ]\n 1 ]\n"\\u0066" = { g = \'}\', h = 1 }\n[[z]]\nk = 2';
    expect(at(text, 'a', 'b c', 'd', 'e')).toEqual({ line: 7, column: 3 });
    expect(at(text, 'a', 'b c', 'f', 'h')).toEqual({ line: 9, column: 23 });
    expect(at(text, 'z', 'k')).toEqual({ line: 11, column: 1 });
    expect(at(text, 'b')).toBeUndefined();
  });
});

describe('the file itself', () => {
  it('is refused with the remedy if other users can write to it or replace it', () => {
    const file = written('interval = 2', 0o664);
    expect(() => readConfigText(file, {})).toThrow(`commands are run from it: chmod go-w '${file}'`);
    chmodSync(file, 0o646);
    expect(() => readConfigText(file, {})).toThrow('Other users can write to');
    chmodSync(file, 0o644);
    expect(readConfigText(file, {})).toMatchObject({ text: 'interval = 2', isReadableByOthers: true });
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    const inside = written('', 0o600, 'shared/config.toml');
    chmodSync(shared, 0o777);
    expect(() => readConfigText(inside, {})).toThrow(`Other users can replace the configuration file ${inside}`);
    const link = join(folder, 'link.toml');
    symlinkSync(inside, link);
    expect(() => readConfigText(link, {})).toThrow(`Other users can replace the configuration file ${link}`);
    chmodSync(shared, 0o755);
    expect(readConfigText(link, {})).toMatchObject({ text: '' });
  });

  it('is that of --config, of MIGTOP_CONFIG, or the usual one, which may be missing', () => {
    expect(readConfigText(undefined, { XDG_CONFIG_HOME: folder })).toBeNull();
    mkdirSync(join(folder, 'migtop'), { recursive: true });
    written('interval = 3', 0o600, 'migtop/config.toml');
    expect(readConfigText(undefined, { XDG_CONFIG_HOME: folder })?.text).toBe('interval = 3');
    expect(readConfigText(undefined, { XDG_CONFIG_HOME: folder, MIGTOP_CONFIG: '' })).toBeNull();
    const other = written('interval = 4');
    expect(readConfigText(undefined, { XDG_CONFIG_HOME: folder, MIGTOP_CONFIG: other })?.text).toBe('interval = 4');
    expect(() => readConfigText(join(folder, 'none.toml'), {})).toThrow(/There is no configuration file .*none\.toml/);
    expect(() => readConfigText(folder, {})).toThrow('is not a file');
    expect(usualConfigFile({ HOME: '/home/ana', XDG_CONFIG_HOME: 'relative' })).toBe(
      '/home/ana/.config/migtop/config.toml',
    );
  });

  it('is refused if it is too large, or not UTF-8', () => {
    expect(() => readConfigText(written('#'.repeat(300_000)), {})).toThrow('larger than 256 kB');
    const file = written('');
    writeFileSync(file, Buffer.from([0x61, 0xff]));
    expect(() => readConfigText(file, {})).toThrow('is not UTF-8');
  });
});

describe('the settings', () => {
  const text = `
target = "usual"
production_hosts = ["*.prod.example.com"]
interval = 3
theme = "light"
[targets.usual]
host = "db1"
dbname = "dispatch"
interval = 5
table = "ops.control"
since = "2h"
counting = { brackets = "own" }
[targets.prod]
url = "postgres://ops@db7/dispatch"
port = 5433
until = "06:00"
production = true`;

  const run = (
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<Exclude<Invocation, { command: 'print' }>> =>
    configured(parseArguments([...args, '--config', written(text)], { meow, importMeta: import.meta }), {
      HOME: folder,
      ...env,
    }) as Promise<Exclude<Invocation, { command: 'print' }>>;
  const place = async (args: readonly string[], env: Record<string, string> = {}) => {
    const { connection, flags } = await run(args, env);
    const settings = chosenSettings(connection, flags, { HOME: folder, ...env });
    const [server] = settings.servers;
    return { place: `${server?.name}:${server?.port}/${settings.database}`, ...guardOf(settings, flags).state() };
  };

  it('come from the command line, then from the target, then from the file', async () => {
    expect((await run([])).flags).toMatchObject({
      intervalSeconds: 5,
      sampleSeconds: 5,
      theme: 'light',
      table: 'ops.control',
    });
    expect((await run(['--target', 'prod'])).flags).toMatchObject({ intervalSeconds: 3, table: 'migration_control' });
    expect((await run(['--interval', '7', '--theme', 'dark', '--table', 't'])).flags).toMatchObject({
      intervalSeconds: 7,
      sampleSeconds: 7,
      theme: 'dark',
      table: 't',
    });
    const { since, counting } = (await run([])).flags;
    expect(since).toMatchObject({ kind: 'ago', seconds: 7200 });
    expect([...counting]).toEqual([['brackets', 'own totals']]);
    expect((await run(['other'])).flags).toMatchObject({ intervalSeconds: 3, since: null });
  });

  it('are checked by every command, also the keys and columns of the screen', async () => {
    const file = written('[keys]\nskipp = "ctrl-x"');
    for (const command of ['status', 'doctor', 'export'])
      await expect(
        configured(parseArguments([command, 'db', '--config', file], { meow, importMeta: import.meta }), {
          HOME: folder,
        }),
      ).rejects.toThrow(':2:1: there is no command skipp; did you mean: skip');
  });

  it('give the condition late its deadline', async () => {
    const late = ['status', '--check', '--warning', 'late'];
    expect((await run([...late, '--target', 'prod'])).flags.until).toMatchObject({ text: '06:00' });
    expect((await run([...late, '--until', '2h'])).flags.until).toMatchObject({ text: '2h' });
    await expect(run(late)).rejects.toThrow('the condition late needs a deadline: --until 06:00, or the key until of');
    await expect(run(['wait', '--fail-on', 'late'])).rejects.toThrow('needs a deadline');
  });

  it('name the database: the command line before the environment before the default target', async () => {
    expect(await place([])).toMatchObject({ place: 'db1:5432/dispatch' });
    expect(await place(['--target', 'prod'])).toMatchObject({ place: 'db7:5433/dispatch' });
    expect(await place(['--target', 'prod'], { PGHOST: 'other', DATABASE_URL: 'postgres://x/y' })).toMatchObject({
      place: 'db7:5433/dispatch',
    });
    expect(await place([], { PGHOST: 'db2', PGDATABASE: 'd', PGUSER: 'u' })).toMatchObject({ place: 'db2:5432/d' });
    expect(await place([], { DATABASE_URL: 'postgres://db3/e' })).toMatchObject({ place: 'db3:5432/e' });
    expect(await place([], { PGPORT: '' })).toMatchObject({ place: 'db1:5432/dispatch' });
    await expect(run(['--target', 'pord'])).rejects.toThrow('there is no target "pord"; did you mean: prod');
    expect(() => run(['dispatch', '--target', 'prod'])).toThrow('name the database once');
  });

  it.each<[string, readonly string[], Record<string, string>, string | null]>([
    ['the target', ['--target', 'prod'], {}, 'prod'],
    ['a URL of the same host and database', ['postgres://me@db7/dispatch'], {}, 'prod'],
    ['a list of hosts with it', ['host=db2,db7 dbname=dispatch'], {}, 'prod'],
    ['PGHOST and PGDATABASE', [], { PGHOST: 'db7', PGDATABASE: 'dispatch' }, 'prod'],
    ['PGHOST beside a URL without a host', ['dispatch'], { PGHOST: 'DB7' }, 'prod'],
    ['a host of a pattern', ['postgres://x.PROD.example.com/any'], {}, 'x.prod.example.com'],
    ['hostaddr beside such a host', ['host=x.prod.example.com hostaddr=10.0.0.1 dbname=d'], {}, 'x.prod.example.com'],
    ['another database of the host', ['postgres://db7/test'], {}, null],
    ['another target', ['--target', 'usual'], {}, null],
  ])('find production by %s', async (_, args, env, name) => {
    expect(await place(args, env)).toMatchObject({ name, isLocked: name !== null });
  });

  it('find production by a service', async () => {
    writeFileSync(join(folder, 'services'), '[live]\nhost=db7\ndbname=dispatch\n');
    expect(await place(['service=live'], { PGSERVICEFILE: join(folder, 'services') })).toMatchObject({ name: 'prod' });
    expect(await place([], { PGSERVICE: 'live', PGSERVICEFILE: join(folder, 'services') })).toMatchObject({
      name: 'prod',
    });
  });
});
