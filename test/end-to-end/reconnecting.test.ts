import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type PostgresServer, startOwnServer } from '../support/postgres-server.ts';
import type { PtyProgram } from '../support/pty.ts';
import { expectWholeFrame, insertRows, openMigtop, press, pressAndSee, statusOf } from './migtop.ts';

let server: PostgresServer;
let database: TestDatabase;

beforeAll(async () => {
  server = await startOwnServer();
  database = await createDatabase({ examples: true, serverUrl: server.url });
  await insertRows(database, [{ id: 31, status: 'running', worker: 1, table: 'brackets', processed: 300 }]);
});
afterAll(async () => {
  await server.start();
  await database.drop();
  await server.destroy();
});

describe('a server that goes away', () => {
  it('leaves the last frame, dimmed, until the monitor reconnects', async () => {
    await using program = await openMigtop([database.url, '--interval', '0.5'], { columns: 120 });
    const { terminal } = program;
    await program.waitForText(/► +\d+ +1 +brackets .* 60%/);
    await server.stop();
    await program.waitForText(/ LOST data \d+s old, attempt \d+ /);
    // The last data is still there, and looks different from current data.
    expect(terminal.text()).toMatch(/► +\d+ +1 +brackets .* 60%/);
    const dim = terminal.cells().map((row) => row.filter(({ text }) => text !== ' ').every((cell) => cell.dim));
    expect(dim[1], 'the migration line').toBe(true);
    expect(dim[3], 'the phases').toBe(true);
    expect(dim[0], 'the header').toBe(false);
    expect(terminal.text()).toMatch(
      /✗ (No PostgreSQL answers at|127\.0\.0\.1:\d+ (closed|is starting up or shutting))/,
    );
    await expectWholeFrameOf(program);

    // It counts its attempts, and the age of what it shows.
    await program.waitForText(/ LOST data \d+s old, attempt [3-9] /);

    await server.start();
    await program.waitForText('● 0s');
    await program.waitForText(/connected again after \d+s/);
    expect(terminal.text()).not.toContain('LOST');
    expect(await statusOf(database, 31)).toBe('running');
    await database.query('UPDATE migration_control SET records_processed = 400 WHERE id = 31');
    await program.waitForText(/► +\d+ +1 +brackets .* 80%/);
    expect(
      terminal
        .cells()[1]
        ?.filter(({ text }) => text !== ' ')
        .every((cell) => cell.dim),
    ).toBe(false);
    await pressAndSee(program, 'p', 'paused: operation 31 · brackets');
    expect(await statusOf(database, 31)).toBe('paused');
    await pressAndSee(program, 'u', 'running again');
    expectWholeFrame(terminal);
  });

  it('allows no action until then, and q quits while the server is down', async () => {
    await database.query("UPDATE migration_control SET status = 'paused' WHERE id = 31");
    await using program = await openMigtop([database.url]);
    await server.stop();
    await program.waitForText(/ LOST /);
    await program.waitForText('p pause: not connected');
    // The second key is answered after the first: neither of them has opened a dialog.
    program.press('rs');
    await pressAndSee(program, '2', ' WORKERS');
    expect(program.terminal.text()).not.toContain('Skip operation');
    program.press('q');
    expect(await program.exit).toEqual({ exitCode: 0, signal: undefined });
    expect(program.terminal.isAlternate()).toBe(false);
    expect(program.terminal.text().trim()).toBe('');
    await server.start();
    expect(await statusOf(database, 31)).toBe('paused');
    await database.query("UPDATE migration_control SET status = 'running' WHERE id = 31");
  });

  it('shows a session that the server ended as lost, and opens another', async () => {
    await using program = await openMigtop([database.url, '--interval', '0.2'], { columns: 120 });
    await database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migtop'",
    );
    await database.query('UPDATE migration_control SET records_processed = 250 WHERE id = 31');
    await program.waitForText(/► +\d+ +1 +brackets .* 50%/);
    expect(program.terminal.text()).not.toContain('LOST');
  });

  it('shows the table as read-only if the privilege was revoked before the connection was back', async () => {
    const grants = ['SELECT ON migration_control', 'UPDATE ON migration_control'];
    const url = await database.role({ grants });
    await using program = await openMigtop([url], { columns: 120 });
    expect(program.terminal.text()).not.toContain('READ-ONLY');
    // Until the privilege is revoked, only a superuser can connect.
    await database.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT 0`);
    await server.stop();
    await program.waitForText(/ LOST /);
    await server.start();
    await database.query('SELECT 1').catch(() => {});
    await database.query(`REVOKE UPDATE ON migration_control FROM ${new URL(url).username}`);
    await database.query(`ALTER DATABASE ${database.name} CONNECTION LIMIT -1`);
    await program.waitForText(' READ-ONLY ');
    await press(program, 'p', 'pause: read-only');
  });

  async function expectWholeFrameOf(program: PtyProgram): Promise<void> {
    // A frame arrives in chunks: it is complete when its last line is there.
    await program.waitForText(/q quit$/m);
    expect(program.terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
  }
});
