import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationDocument } from '../../source/presentation/operation-json.ts';
import { runCommand } from '../support/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let examples: TestDatabase;

beforeAll(async () => {
  examples = await createDatabase({ examples: true });
});
afterAll(() => examples?.drop());

it('names a damaged local audit, of which actions may be missing, in each command that looks for them', async () => {
  const state = await mkdtemp(join(tmpdir(), 'migtop-'));
  await mkdir(join(state, 'migtop'));
  await writeFile(join(state, 'migtop', 'audit.jsonl'), 'not JSON\n');
  const note =
    'migtop: note: 1 line of the local audit cannot be read: some actions of operators may be missing or incomplete\n';
  const commands = [
    ['show', '1'],
    ['handoff', '1'],
    ['export', '--where', 'by:ana'],
    ['resume', '--dry-run', '--where', 'by:ana'],
  ];
  for (const command of commands) {
    const { stderr } = await runCommand([...command, examples.url], { env: { XDG_STATE_HOME: state } });
    expect([command, stderr.startsWith(note)]).toEqual([command, true]);
  }
  const { stderr } = await runCommand(['export', '--where', 'id:1', examples.url], { env: { XDG_STATE_HOME: state } });
  expect(stderr).toBe('');
  await rm(state, { recursive: true });
});

describe('show', () => {
  it('prints everything about one operation', async () => {
    const {
      rows: [failed],
    } = await examples.query("SELECT id FROM migration_control WHERE status = 'failed'");
    const run = await runCommand(['show', String(failed?.id), examples.url]);
    expect([run.code, run.stderr]).toEqual([0, '']);
    expect(run.stdout).toMatch(/^operation \d+: case_file_relationships, execution, .*: failed\n/);
    expect(run.stdout).toContain('ERROR\n');
    expect(run.stdout).toContain('SOURCE QUERY\n');
    expect(run.stdout).toMatch(/\nstatus +failed\n/);
    expect(run.stdout).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
  });

  it('prints the same as JSON, and as Markdown', async () => {
    const {
      rows: [failed],
    } = await examples.query("SELECT * FROM migration_control WHERE status = 'failed'");
    const json = await runCommand(['show', '--json', String(failed?.id), examples.url]);
    const document = JSON.parse(json.stdout) as OperationDocument;
    expect(document).toMatchObject({
      schemaVersion: 1,
      operation: {
        id: failed?.id,
        status: 'failed',
        tableName: failed?.table_name,
        errorMessage: failed?.error_message,
        sourceQuery: failed?.source_query,
        recordsProcessed: failed?.records_processed,
      },
      kind: expect.any(String),
      stall: null,
      actions: [],
      cut: {},
      redacted: false,
    });
    const markdown = await runCommand(['handoff', String(failed?.id), examples.url]);
    expect(markdown.code).toBe(0);
    expect(markdown.stdout).toContain(`# Operation ${failed?.id}: `);
    expect(markdown.stdout).toContain(`\n${failed?.error_message}\n`);
  });

  it('tells the worked example: what failed, what was found and repaired, and the retry that completed', async () => {
    const {
      rows: [failed],
    } = await examples.query("SELECT id FROM migration_control WHERE status = 'failed'");
    const [first = 0] = [Number(failed?.id)];
    const run = await runCommand(['show', String(first), examples.url]);
    expect(run.stdout).toMatch(new RegExp(`failure +resolved by operation ${first + 3}\n`));
    // Nothing is left to do.
    expect(run.stdout).not.toContain('what helps');
    expect(run.stdout).toMatch(
      new RegExp(`ATTEMPTS AT THIS WORK\n.*\n.* ${first} .*failed.*\n.* ${first + 3} .*completed`),
    );
    expect(run.stdout).toMatch(
      new RegExp(
        `BETWEEN THE ATTEMPTS, BY WORKER [0-9]+\n${first + 1} +completed: orphan_detection, .*23.* records\n${first + 2} +completed: missing_parent_migration, .*23.* records\n`,
      ),
    );
    const markdown = await runCommand(['handoff', String(first + 3), examples.url]);
    expect(markdown.stdout).toMatch(/## Attempts at this work\n/);
    expect(markdown.stdout).toMatch(
      new RegExp(`## Between the attempts, by worker [0-9]+\n\n- ${first + 1}: completed: orphan_detection`),
    );
    const json = await runCommand(['show', '--json', String(first), examples.url]);
    expect(JSON.parse(json.stdout)).toMatchObject({ between: [{ id: first + 1 }, { id: first + 2 }] });
  });

  it('leaves values out with --redact, in every form, and in status', async () => {
    const {
      rows: [failed],
    } = await examples.query("SELECT * FROM migration_control WHERE status = 'failed'");
    await examples.query('UPDATE migration_control SET error_message = $1, source_query = $2 WHERE id = $3', [
      'duplicate key\nDETAIL:  Key (email)=(ann@example.org) already exists.',
      "SELECT * FROM legacy.t WHERE name = 'Smith'",
      failed?.id,
    ]);
    const commands = [['show'], ['show', '--json'], ['handoff'], ['status'], ['status', '--json']];
    for (const command of commands) {
      const id = command[0] === 'status' ? ['--sample', '0'] : [String(failed?.id)];
      const plain = await runCommand([...command, ...id, examples.url]);
      expect(plain.stdout).toMatch(/ann@example.org/);
      const redacted = await runCommand([...command, ...id, '--redact', examples.url]);
      expect(redacted.code).toBe(0);
      expect(redacted.stdout).toContain('Key (email)=(…)');
      expect(redacted.stdout).not.toMatch(/ann@example|Smith/);
    }
    await examples.query('UPDATE migration_control SET error_message = $1, source_query = $2 WHERE id = $3', [
      failed?.error_message,
      failed?.source_query,
      failed?.id,
    ]);
  });

  it('reads a long text in parts, up to a million characters, and gives its whole length', async () => {
    const {
      rows: [{ id } = { id: 0 }],
    } = await examples.query(
      "INSERT INTO migration_control (id, phase, table_name, operation, status, error_message) VALUES (9001, 'execution', 't', 'b', 'failed', repeat('0123456789', 300000)) RETURNING id",
    );
    const json = await runCommand(['show', '--json', String(id), examples.url]);
    const document = JSON.parse(json.stdout) as OperationDocument;
    expect(document.cut).toEqual({ errorMessage: 3_000_000 });
    expect(document.operation.errorMessage).toBe('0123456789'.repeat(104_858).slice(0, 8 * 131_072));
    const text = await runCommand(['handoff', String(id), examples.url]);
    expect(text.stdout).toContain('(in all 3,000,000 bytes)');
    await examples.query('DELETE FROM migration_control WHERE id = 9001');
  });

  it('says that there is no such operation', async () => {
    const run = await runCommand(['show', '424242', examples.url]);
    expect([run.code, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toBe('migtop: There is no operation 424242 in public.migration_control.\n');
  });

  it.each([[['show']], [['handoff']], [['show', 'postgres://u:secret@h/d']], [['show', '12x']], [['show', '-5']]])(
    'takes an id: %j',
    async (args) => {
      const run = await runCommand(args);
      expect(run.code).toBe(2);
      expect(run.stderr).not.toContain('secret');
    },
  );
});
