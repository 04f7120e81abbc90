import { execFileSync } from 'node:child_process';
import meow from 'meow';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../source/commands/arguments.ts';
import { repeatedSettings } from '../../source/database/libpq/repeated-settings.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { type CommandTarget, commandLine } from '../../source/presentation/command-line.ts';
import { target } from '../support/fixtures.ts';

/** The words that a shell makes of a command line. */
function words(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

describe('a command line', () => {
  it('connects to the server, as the user', () => {
    expect(commandLine('show', { ids: [7] }, target)).toBe(
      "migtop show 7 'host=db1 port=5432 user=ops dbname=dispatch'",
    );
  });

  it('repeats the settings that were given, and no secret', () => {
    const { parameters } = connectionSettings(
      'postgres://ops:secret@db1,db2/dispatch?sslmode=verify-full&sslrootcert=/etc/ca%20file&target_session_attrs=primary',
      {},
    );
    expect(commandLine('show', { ids: [7] }, { ...target, settings: repeatedSettings(parameters) })).toBe(
      `migtop show 7 'host=db1 port=5432 user=ops dbname=dispatch sslmode=verify-full sslrootcert='\\''/etc/ca file'\\'''`,
    );
  });

  it.each([
    { host: '/tmp/migtop demo/1', port: 6543, user: "o'neil", database: 'a b' },
    { host: 'db1.example.org', port: 5432, user: '$HOME `x`', database: 'back\\slash "quoted"' },
    { host: '::1', port: 5433, user: 'ops', database: 'a=b' },
  ])('is understood by a shell and by migtop: %o', (place) => {
    const given: CommandTarget = { ...target, ...place, table: 'ops."Control"' };
    const line = commandLine('skip', { where: 'table:="a b"' }, given, "it's done");
    const parsed = parseArguments(words(line).slice(1), { meow, importMeta: import.meta });
    if (parsed.command !== 'skip') throw new Error(parsed.command);
    expect(parsed.flags).toMatchObject({ table: 'ops."Control"', where: 'table:="a b"', reason: "it's done" });
    const settings = connectionSettings(parsed.connection, {});
    expect({ user: settings.user, database: settings.database, port: settings.servers[0]?.port }).toEqual({
      user: place.user,
      database: place.database,
      port: place.port,
    });
    expect(settings.servers[0]?.name).toBe(place.host);
  });

  it('keeps the restriction of the table if a filter selects the operations', () => {
    const scope = { text: '2026-11-25 22:00', firstId: '5', startedAt: null };
    expect(commandLine('retry', { where: 'id:1..30' }, { ...target, scope })).toContain(" --since '2026-11-25 22:00' ");
  });
});
