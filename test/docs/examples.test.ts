import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment, runProgram } from '../support/program.ts';

const run = promisify(execFile);

/** The documents whose blocks of shell commands are run as they are, on a database in place of `dispatch`. */
const documents = ['docs/scripts.md'];

interface Block {
  readonly document: string;
  readonly line: number;
  readonly script: string;
}

const blocks = (
  await Promise.all(
    documents.map(async (document) => {
      const text = await readFile(new URL(`../../${document}`, import.meta.url), 'utf8');
      return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
        ({ index, 1: script = '' }): Block => ({ document, line: text.slice(0, index).split('\n').length, script }),
      );
    }),
  )
).flat();

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-examples-'));
  const launcher = await builtProgram();
  await writeFile(join(folder, 'migtop'), `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`);
  await chmod(join(folder, 'migtop'), 0o755);
  database = await createDatabase({ examples: true });
  await database.query(`
    INSERT INTO migration_control (id, phase, table_name, operation, status, started_at, completed_at, error_message, source_query)
    VALUES (99, 'execution', 'brackets', 'batch_migration', 'failed', localtimestamp, localtimestamp, 'deadlock detected', 'SELECT 99')`);
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

it('there are examples', () => {
  expect(blocks.length).toBeGreaterThan(6);
});

describe('a block of commands', () => {
  it.concurrent.each(blocks)('of $document, line $line, runs', async ({ script }) => {
    const { hostname, port, username, password } = new URL(database.url);
    const env = {
      ...plainEnvironment(),
      PATH: [folder, process.env.PATH].join(delimiter),
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: decodeURIComponent(password),
    };
    // A machine without jq shows only that migtop's part works.
    const jq = 'command -v jq > /dev/null || jq() { cat > /dev/null; }';
    const commands = script
      .replaceAll(/\bdispatch\b/g, database.name)
      .replace(/^timeout (.*)$/gm, '{ timeout $1; } || test $? -ge 124');
    await run('bash', ['-euo', 'pipefail', '-c', `${jq}\n${commands}`], { cwd: folder, env, maxBuffer: 64_000_000 });
  });
});

describe('the completion', () => {
  it('offers commands, the options of a command, and the words of an option in bash', async () => {
    const { stdout: script } = await runProgram(['completion', 'bash']);
    const asked = [
      ['migtop', 'sta'],
      ['migtop', 'status', '--w'],
      ['migtop', 'wait', '--for', ''],
      ['migtop', 'wait', '--timeout', ''],
      ['migtop', 'help', 'exp'],
    ];
    const lines = asked.map(
      (words) =>
        `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _migtop; echo "\${COMPREPLY[*]}"`,
    );
    const { stdout } = await run('bash', ['-c', [script, ...lines].join('\n')]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(['status', '--watch --warning', 'done idle failed', '', 'export']);
  });

  it.each(['zsh', 'fish'])('of %s names every command and its options', async (shell) => {
    const { code, stdout } = await runProgram(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['status', 'wait', 'export', 'help', 'fail-on', 'where', 'done idle failed', 'csv ndjson'])
      expect(stdout).toContain(word);
  });
});
