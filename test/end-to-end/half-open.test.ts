import { describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { type Forwarder, startForwarder } from '../support/forwarder.ts';
import { startProxyOf } from '../support/wire-proxy.ts';
import { holdOpen, insertRows, openMigtop, statusOf } from './migtop.ts';

interface Line {
  readonly database: TestDatabase;
  readonly forwarder: Forwarder;
  /** The database through the forwarder. */
  readonly url: string;
}

// They wait for limits of time: each has its own database and forwarder, and they wait at the same time.
const test = it.extend('line', async ({ task: _ }, { onCleanup }): Promise<Line> => {
  const database = await createDatabase({ schema: true });
  await insertRows(database, [
    { id: 31, status: 'running', worker: 1, processed: 300 },
    { id: 32, status: 'running', worker: 2, processed: 300 },
  ]);
  const through = new URL(database.url);
  const forwarder = await startForwarder(Number(through.port));
  onCleanup(async () => {
    await forwarder.close();
    await database.drop();
  });
  through.port = String(forwarder.port);
  return { database, forwarder, url: through.href };
});

describe.concurrent('a connection without answers', () => {
  test('shows that there is no answer, then the lost connection, and then how long it was lost', async ({
    line: { forwarder, url },
  }) => {
    await using program = await openMigtop([url, '--interval', '0.5'], { columns: 120 });
    const { terminal } = program;
    await program.waitForText('● 0s');
    forwarder.swallow('all');
    await program.waitForText(/○ no answer for \d+s data \d+s old/);
    await program.waitForText(/○ no answer for \d+s data \d+s old \(line down\)/);
    await program.waitForText(/ LOST data \d+s old, attempt 1 /);
    const [, atLoss] = / LOST data (\d+)s old/.exec(terminal.text()) ?? [];
    expect(terminal.text()).not.toContain('no answer for');
    forwarder.handOn();
    await program.waitForText(/connected again after \d+s/);
    const [, said] = /connected again after (\d+)s/.exec(terminal.text()) ?? [];
    // From the last data on, not from when the loss was noticed.
    expect(Number(said)).toBeGreaterThanOrEqual(Number(atLoss));
  });

  test('is distinguished from a slow query', async ({ line: { database, url } }) => {
    await using program = await openMigtop([url, '--interval', '0.5'], { columns: 120 });
    await program.waitForText('● 0s');
    {
      await using _lock = await holdOpen(database, 'LOCK TABLE migration_control');
      await program.waitForText(/○ no answer for \d+s data \d+s old \(query slow\)/);
    }
    await program.waitForText('● 0s');
    expect(program.terminal.text()).not.toContain('connected again');
  });

  test('delays an action up to its time limit, and not the next one', async ({ line: { database } }) => {
    const { proxy, url } = await startProxyOf(database.url);
    await using program = await openMigtop([url, '--interval', '60'], { columns: 140 });
    await program.waitForText('● 0s');
    // The connection that the action takes is dead from then on, and the others work.
    proxy.arm('migtop action', { at: 0, what: 'silence' });
    program.press('p');
    await program.waitForText('connection lost: the pause may have been applied');
    program.press('p');
    await program.waitForText(/✓ paused: operation 3[12] · brackets/);
    const statuses = [await statusOf(database, 31), await statusOf(database, 32)];
    expect(statuses.filter((status) => status === 'paused')).toHaveLength(1);
    await proxy.close();
  });
});
