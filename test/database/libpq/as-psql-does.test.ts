import { execFile } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dial } from '../../../source/database/libpq/dial.ts';
import { connectionSettings } from '../../../source/database/libpq/settings.ts';
import { type Case, connectionCases } from './cases.ts';
import { type Servers, startServers } from './servers.ts';
import { valueCases } from './value-cases.ts';

const run = promisify(execFile);
const recordFile = new URL('psql-outcomes.json', import.meta.url);

/** The result of a connection: `refused`, or the user and the server. */
type Outcome = string;

const question = `SELECT current_user, current_database(), current_setting('default_transaction_read_only'),
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), current_setting('application_name')`;

/** How many cases are run at the same time. */
const atOnce = 4;

/** The majors of Debian's packages: the `psql` on its PATH is a script that sets PGHOST. */
const installed = [19, 18, 17, 16, 15, 14, 13];

let servers: Servers;
let psql = 'psql';
let psqlMajor: number | null;

beforeAll(async () => {
  servers = await startServers();
  psql = installed.map((major) => `/usr/lib/postgresql/${major}/bin/psql`).find(existsSync) ?? psql;
  const version = await run(psql, ['--version']).catch(() => null);
  psqlMajor = version === null ? null : Number(/(\d+)/.exec(version.stdout)?.[1]);
});
afterAll(() => servers.stop());

/** Makes the home directory of a case, and puts it where the case names it. */
function staged(name: string, given: Case): { text: string | undefined; env: Record<string, string> } {
  const home = join(servers.folder, name.replace(/\W+/g, '-'));
  mkdirSync(home, { recursive: true });
  for (const [path, content] of Object.entries(given.home ?? {})) {
    const file = join(home, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string') writeFileSync(file, content);
    else copyFileSync(content.copyOf, file);
    chmodSync(file, given.mode ?? 0o600);
  }
  const placed = (text: string): string => text.replaceAll('~home~', home);
  const env: Record<string, string> = { HOME: home, PGSYSCONFDIR: home };
  for (const [variable, value] of Object.entries(given.env ?? {})) env[variable] = placed(value);
  return { text: given.given === undefined ? undefined : placed(given.given), env };
}

async function psqlOutcome(text: string | undefined, env: Record<string, string>): Promise<Outcome> {
  try {
    const { stdout } = await run(
      psql,
      ['-X', '-w', '-A', '-t', '-F', '|', '-c', question, ...(text === undefined ? [] : [text])],
      // Without the variables of the person who runs the test; psql finds its libraries by PATH.
      { env: { PATH: process.env.PATH ?? '', ...env } },
    );
    return told(stdout.trim().split('|'));
  } catch {
    return 'refused';
  }
}

async function migtopOutcome(text: string | undefined, env: Record<string, string>): Promise<Outcome> {
  try {
    const { client } = await dial(connectionSettings(text, env), null);
    const { rows } = await client.query({ text: question, rowMode: 'array' });
    await client.end();
    return told((rows[0] as unknown[]).map((value) => (value === true ? 't' : value === false ? 'f' : String(value))));
  } catch {
    return 'refused';
  }
}

function told([user, database, readOnly, ssl, application]: string[]): Outcome {
  const server = readOnly === 'on' ? 'the server without TLS' : 'the server with TLS';
  const name = application === 'psql' || application === 'migtop' ? 'its own name' : `"${application}"`;
  return `${user} at ${database} of ${server}, ${ssl === 't' ? 'encrypted' : 'in clear text'}, as ${name}`;
}

describe('connecting as psql does', () => {
  it('has the same outcome as psql for every connection string, environment and file', {
    timeout: 300_000,
  }, async () => {
    const recorded = JSON.parse(readFileSync(recordFile, 'utf8')) as Record<string, Outcome>;
    const cases = Object.entries({ ...connectionCases(servers), ...valueCases(servers) });
    const expected: Record<string, Outcome> = {};
    const actual: Record<string, Outcome> = {};
    const compare = async ([name, one]: (typeof cases)[number]): Promise<void> => {
      const { text, env } = staged(name, one);
      const isJudged = psqlMajor !== null && psqlMajor >= (one.since ?? 0);
      expected[name] = isJudged ? await psqlOutcome(text, env) : (recorded[name] ?? 'not recorded');
      actual[name] = await migtopOutcome(text, env);
    };
    // Each has a separate home directory. A case with a limit of time runs alone: the others could make it too slow for that limit.
    const alone = cases.filter(([, one]) => JSON.stringify(one).toLowerCase().includes('connect_timeout'));
    for (const one of alone) await compare(one);
    const others = cases.filter((one) => !alone.includes(one));
    for (let first = 0; first < others.length; first += atOnce)
      await Promise.all(others.slice(first, first + atOnce).map(compare));
    // biome-ignore lint/suspicious/noConsole: who reads the report has to know who judged.
    if (psqlMajor === null) console.log('There is no psql here: the outcomes that it had elsewhere are the judge.');
    if (process.env.RECORD_PSQL !== undefined) {
      writeFileSync(recordFile, `${JSON.stringify({ ...recorded, ...expected }, null, 2)}\n`);
    }
    expect(actual).toEqual(expected);
    expect(cases.length).toBeGreaterThanOrEqual(120);
  });
});
