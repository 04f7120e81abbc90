import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../source/commands/config/parse-config.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { builtProgram, plainEnvironment } from '../support/program.ts';

const execute = promisify(execFile);

/**
 * The blocks of shell commands in README.md and docs/ are run as they are, on a database in place of `dispatch`. A comment above one that
 * cannot run says why: `<!-- not run: … -->`. Blocks of SQL run too, and blocks of TOML are configuration files. test/worker/example.test.ts
 * runs the blocks of TypeScript; test/compat has the block of YAML for Prometheus.
 */
const root = new URL('../../', import.meta.url);
const documents = ['README.md', ...(await readdir(new URL('docs', root))).map((name) => `docs/${name}`)].filter(
  (path) => path.endsWith('.md'),
);

interface Block {
  readonly document: string;
  readonly line: number;
  readonly language: string;
  readonly script: string;
  /** Why it is not run; null if it is run. */
  readonly whyNot: string | null;
}

const blocks = (
  await Promise.all(
    documents.map(async (document) => {
      const text = await readFile(new URL(document, root), 'utf8');
      return [...text.matchAll(/^(?:<!-- not run: (.+) -->\n)?```(.*)\n([\s\S]*?)^```$/gm)].map(
        ({ index, 1: whyNot = null, 2: language = '', 3: script = '' }): Block => ({
          document,
          line: text.slice(0, index).split('\n').length,
          language,
          script,
          whyNot,
        }),
      );
    }),
  )
).flat();
const run = blocks.filter(({ language, whyNot }) => language === 'sh' && whyNot === null);
const isReading = ({ document }: Block): boolean => document === 'docs/scripts.md';

let database: TestDatabase;
let acted: TestDatabase;
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
  acted = await createDatabase({ schema: true });
  await acted.query(`
    INSERT INTO migration_control (id, phase, table_name, operation, status, error_message, source_query)
    VALUES (12, 'execution', 'brackets', 'batch_migration', 'pending', NULL, 'SELECT 12'),
      (13, 'execution', 'brackets', 'batch_migration', 'pending', NULL, 'SELECT 13'),
      (14, 'execution', 'cases', 'batch_migration', 'failed', 'violates foreign key constraint "fk_case"', 'SELECT 14'),
      (15, 'execution', 'brackets', 'batch_migration', 'failed', 'deadlock detected', 'SELECT 15')`);
});
afterAll(async () => {
  await Promise.all([database?.drop(), acted?.drop()]);
  await rm(folder, { recursive: true, force: true });
});

it('the kind of every block is named, commands are `sh`, and most of them are run', () => {
  for (const { document, line, language } of blocks)
    expect({ document, line, language }).not.toMatchObject({
      language: expect.stringMatching(/^(?:|bash|shell|console)$/),
    });
  expect(run.length).toBeGreaterThan(10);
  expect(blocks.filter(({ language, whyNot }) => language !== 'sh' && whyNot !== null)).toEqual([]);
  const typed = blocks.filter(({ language }) => language === 'ts').map(({ document }) => document);
  expect(new Set(typed)).toEqual(new Set(['README.md', 'docs/worker.md']));
});

async function runBlock({ script }: Block, on: TestDatabase): Promise<void> {
  const { hostname, port, username, password } = new URL(on.url);
  const env = {
    ...plainEnvironment(),
    PATH: [folder, process.env.PATH].join(delimiter),
    PGHOST: hostname,
    PGPORT: port,
    PGUSER: username,
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: on.name,
  };
  // A machine without jq shows only that migtop's part works.
  const jq = 'command -v jq > /dev/null || jq() { cat > /dev/null; }';
  const commands = script
    .replaceAll(/\bdispatch\b/g, on.name)
    .replace(/^timeout (.*)$/gm, '{ timeout $1; } || test $? -ge 124');
  await execute('bash', ['-euo', 'pipefail', '-c', `${jq}\n${commands}`], { cwd: folder, env, maxBuffer: 64_000_000 });
}

describe('a block of commands that read', () => {
  it.concurrent.each(run.filter(isReading))('of $document, line $line, runs', (block) => runBlock(block, database));
});

describe('a block of commands that write', () => {
  it.each(run.filter((block) => !isReading(block)))('of $document, line $line, runs', (block) =>
    runBlock(block, acted),
  );
});

const others = (language: string): Block[] => blocks.filter((block) => block.language === language);

it.each(others('toml'))('the configuration file in $document, line $line, is valid', ({ document, script }) => {
  const config = parseConfig({ file: document, text: script, isReadableByOthers: true });
  expect(config.targets.length).toBeGreaterThan(0);
});

it.each(others('sql'))('the SQL in $document, line $line, runs', async ({ script }) => {
  await acted.query('CREATE TABLE IF NOT EXISTS brackets ()');
  await acted.query(script);
});

it('every language of a block has a test', () => {
  const tested = ['sh', 'ts', 'toml', 'sql', 'yaml', 'text'];
  expect(blocks.filter(({ language }) => !tested.includes(language))).toEqual([]);
});

describe('the completion', () => {
  it('offers commands, the options of a command, and the words of an option in bash', async () => {
    const { stdout: script } = await runCommand(['completion', 'bash']);
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
    const { stdout } = await execute('bash', ['-c', [script, ...lines].join('\n')]);
    expect(stdout.split('\n').slice(0, -1)).toEqual(['status', '--watch --warning', 'done idle failed', '', 'export']);
  });

  it.each(['zsh', 'fish'])('of %s names every command and its options', async (shell) => {
    const { code, stdout } = await runCommand(['completion', shell]);
    expect(code).toBe(0);
    for (const word of ['status', 'wait', 'export', 'help', 'fail-on', 'where', 'done idle failed', 'csv ndjson'])
      expect(stdout).toContain(word);
  });
});
