import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PtyProgram } from '../support/pty.ts';
import { keys } from '../support/terminal.ts';
import { eventually, openMigtop } from './migtop.ts';

let folder: string;
let program: PtyProgram;

/** How many keys were pressed since the last question. A text that is typed counts by its keys too, but for an id. */
let pressed = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-drill-'));
  program = await openMigtop(['demo', '--incident'], {
    columns: 80,
    rows: 24,
    env: { TMPDIR: folder, XDG_STATE_HOME: join(folder, 'state') },
  });
});
afterAll(async () => {
  await program?.kill();
  await rm(folder, { recursive: true, force: true });
});

async function press(key: string, pattern: string | RegExp): Promise<void> {
  pressed += 1;
  program.press(key);
  await program.waitForText(pattern);
}

/** Starts a question of the drill: what is open is closed, which costs none of its keys. */
async function ask(view: '1' | '2' = '1'): Promise<void> {
  // The copy menu, and the members of a kind.
  for (const open of ['e error', 'Esc shows the kinds']) {
    const isOpen = (): boolean => program.terminal.text().includes(open);
    if (!isOpen()) continue;
    program.press(keys.escape);
    await program.waitFor(() => !isOpen(), { description: `an end of "${open}"` });
  }
  program.press(view);
  await program.waitForText(view === '1' ? 'PHASES' : 'WORKERS');
  pressed = 0;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const host = /host=(\S+) /.exec(program.output())?.[1] ?? '';
  const client = new pg.Client({ host, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** The last text for the terminal's clipboard. */
function clipboard(): string {
  const base64 = [...program.output().matchAll(/\u001B\]52;c;([A-Za-z0-9+/=]*)\u0007/g)].at(-1)?.[1];
  return Buffer.from(base64 ?? '', 'base64').toString();
}

describe('the drill, from the first screen of 80 columns', () => {
  it('shows without a key whether it progresses, who has stalled, which session blocks it, and when it is done', async () => {
    await program.waitForText(/[1-9][\d,.]*[kM]? rec\/s +done (by )?\d\d:\d\d/);
    await program.waitForText(/\d+ running \(2 stalled, 1\?\) +1 paused +39 unresolved of 63 failed/);
    await program.waitForText(/7 +documents .*waits for pid 17391 psql/);
    expect(pressed).toBe(0);
  });

  it('says in the detail of a blocked operation how its blocker can be ended', async () => {
    await ask('2');
    await program.waitForText(/▸[^\n]* documents /);
    await press(keys.enter, /what helps +ask its owner, or SELECT pg_terminate_backend\(17391\)/);
    expect(pressed).toBe(1);
  });

  it('shows with one key what is broken, why and where', async () => {
    await ask();
    await press('3', /39 unresolved in 4 kinds/);
    for (const kind of [
      /12 +12 +insert or update on table … vi/,
      /12 +12 +invalid byte sequence for enco/,
      /12 +12 +value too long for type charac/,
      /3 +3 +count mismatch: source/,
    ])
      await program.waitForText(kind);
    expect(pressed).toBe(1);
  });

  it('hands a failure over with at most twelve keys from the first frame', async () => {
    await ask();
    await press('3', /39 unresolved in 4 kinds/);
    await press(keys.enter, /12 unresolved of 12/);
    await press('y', /copied, also to \S+operation-\d+/);
    expect(pressed).toBeLessThanOrEqual(12);
    const text = clipboard();
    expect(text).toMatch(/^# Operation \d+: \w+, execution, batch_migration: failed\n/);
    expect(text).toMatch(
      /violates foreign key constraint "\w+"\nDETAIL: {2}Key \(case_id\)=\(\d+\) is not present in table "cases"/,
    );
    expect(text).toContain('- failure: unresolved');
    const id = /^# Operation (\d+)/.exec(text)?.[1];
    const copies = join(folder, 'state', 'migtop');
    const name = (await readdir(copies)).find((one) => one.startsWith(`operation-${id}-`)) ?? '';
    expect(await readFile(join(copies, name), 'utf8')).toBe(text);
  });

  it('hands the operation of an id over with the id and three keys', async () => {
    const [{ id } = { id: 0 }] = await query("SELECT min(id) AS id FROM migration_control WHERE status = 'failed'");
    await ask();
    await press(':', /:/);
    program.press(String(id));
    await program.waitForText(`:${id}`);
    await press(keys.enter, `OPERATION ${id}`);
    await press('y', new RegExp(`copied, also to \\S+operation-${id}-`));
    expect(pressed).toBe(3);
    expect(clipboard()).toContain(`# Operation ${id}: `);
  });

  it('shows with one key what operators did, why, and the result', async () => {
    await ask();
    await press('6', /pause +\d+ +replica lag · paused.* ops2/);
    expect(pressed).toBe(1);
  });

  it('shows with one key what changed', async () => {
    await ask();
    const [{ id } = { id: 0 }] = await query(
      `UPDATE migration_control SET status = 'failed', completed_at = localtimestamp, error_message = 'disk full'
       WHERE id = (SELECT min(id) FROM migration_control WHERE status = 'running' AND worker_id NOT IN (3, 7, 19)) RETURNING id`,
    );
    await press('6', new RegExp(`failed +${id} .*disk full`));
    expect(pressed).toBe(1);
  });

  it('shows with one key whether the result is valid, per table', async () => {
    await ask();
    await press('4', /VALID/);
    // Its execution has failures that are left.
    await program.waitForText(/audit_events .* ✓! +\d+/);
    await program.waitForText(/notifications .* ✗ +\d+/);
    expect(pressed).toBe(1);
  });

  it('resumes what a colleague paused, and nothing else', async () => {
    const others = "SELECT count(*) AS paused FROM migration_control WHERE status = 'paused' AND worker_id <> 11";
    await query("UPDATE migration_control SET status = 'paused' WHERE worker_id = 5 AND status = 'running'");
    expect(await query(others)).toEqual([{ paused: '1' }]);
    await ask('2');
    program.press('/by:ops2');
    await program.waitForText('/by:ops2');
    program.press(keys.enter);
    await program.waitForText(/▸ ‖ +\d+ +11 [\s\S]* r resume/);
    await press('r', /✓ (?:running again|resumed).*/);
    expect(pressed).toBe(1);
    await eventually(async () =>
      expect(await query('SELECT status FROM migration_control WHERE worker_id = 11 ORDER BY id DESC LIMIT 1')).toEqual(
        [{ status: 'running' }],
      ),
    );
    expect(await query(others)).toEqual([{ paused: '1' }]);
  });

  it('pauses everything of one table with three keys, and undoes it', async () => {
    const paused = `SELECT count(*) FILTER (WHERE status = 'paused')::int AS paused,
      count(*) FILTER (WHERE status IN ('pending', 'running'))::int AS open
      FROM migration_control WHERE table_name = 'documents' AND phase = 'execution'`;
    await ask('1');
    await press('4', /VALID/);
    // The row of the table: its key is pressed as often as the list needs it, which the aim counts as one.
    program.press('/table:documents');
    await program.waitForText('/table:documents');
    await press(keys.enter, /▸ documents [\s\S]* p pause/);
    await press('p', /✓ paused: \d+ operations/);
    expect(pressed).toBe(3);
    await eventually(async () => expect(await query(paused)).toEqual([{ paused: expect.any(Number), open: 0 }]));
    await press('u', /✓ undone: \d+ operations/);
    await eventually(async () => expect(await query(paused)).toEqual([{ paused: 0, open: expect.any(Number) }]));
    program.press(keys.escape);
    await program.waitFor(({ text }) => !text().includes('filter table:'), { description: 'no filter' });
  });

  it('skips the failures of one kind with six keys and the reason', async () => {
    await ask();
    await press('3', /unresolved in \d kinds/);
    await press('s', /Skip \d+ unresolved failures[\s\S]*type \d+/);
    const [, number = ''] = /type (\d+)/.exec(program.terminal.text()) ?? [];
    for (const digit of number)
      await press(digit, new RegExp(`type ${number} +${digit === number[0] ? digit : number}`));
    await press(keys.tab, /Tab|reason/);
    program.press('parents are missing');
    await program.waitForText('parents are missing');
    await press(keys.enter, new RegExp(`✓ skipped: ${number} operations`));
    expect(pressed).toBeLessThanOrEqual(6);
    const skipped = `SELECT count(*)::int AS skipped FROM migtop_audit
      WHERE action = 'skip' AND outcome = 'applied' AND reason = 'parents are missing'`;
    expect(await query(skipped)).toEqual([{ skipped: Number(number) }]);
  });

  it('retries one failure of a kind with four keys, watches it to its end, and offers the rest', async () => {
    await ask();
    // The kind that was skipped before has left the list.
    await press('3', /^(?![\s\S]*insert or update)[\s\S]*unresolved in \d kinds/);
    await press('R', /type 12[\s\S]*type 1: it retries operation \d+ first/);
    await press('1', /type 12 +1/);
    await press(keys.enter, /✓ retrying operation \d+ as \d+/);
    expect(pressed).toBe(4);
    const [, id = ''] = /retrying operation \d+ as (\d+)/.exec(program.terminal.text()) ?? [];
    // The workers of the demo have other operations to do first: this one is done for them.
    await query(
      `UPDATE migration_control SET status = 'running', worker_id = 2, started_at = localtimestamp WHERE id = ${id};
       UPDATE migration_control SET status = 'completed', completed_at = localtimestamp + interval '1 second' WHERE id = ${id}`,
    );
    await program.waitForText(/R retries the other 11/);
  });
});
