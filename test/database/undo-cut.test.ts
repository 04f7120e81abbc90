import { expect, it, vi } from 'vitest';
import { insertBatches, storedRows } from '../support/bulk.ts';
import { openTable } from '../support/control-table.ts';
import { createDatabase, readSql } from '../support/database.ts';
import { monitorOf } from '../support/fake-table.ts';
import { startProxyOf } from '../support/wire-proxy.ts';

/** More than the rows of two messages. */
const all = 450;

/** A message that is sent is valid only so long: what was lost is known soon. */
const quickLimits = { answerMs: 7000, cancelMs: 5500, validMs: 1500, onTheWayMs: 1500 };

const patiently = { timeout: 30_000, interval: 50 };

/** Pauses all operations with `P`, and takes that back with `u`, of which the second message is cut. */
async function undoneWithCut(install: string | null, at: number, what: 'cut before' | 'cut after') {
  await using database = await createDatabase({ schema: true });
  if (install !== null) await database.query(await readSql(install));
  await insertBatches(database, all, 'running');
  const { proxy, url } = await startProxyOf(database.url);
  const table = await openTable(url, undefined, undefined, quickLimits);
  const { monitor } = monitorOf(table, { intervalSeconds: 0.5, window: { columns: 160, rows: 40 } });
  const { state } = monitor.store;
  const toasts: string[] = [];
  monitor.store.subscribe(() => {
    const text = state().toast?.text ?? '';
    if (toasts.at(-1) !== text) toasts.push(text);
  });
  /** Presses a key. Resolves to its result: a later poll may have another message. */
  const pressed = async (chord: string, result: RegExp): Promise<string> => {
    const before = toasts.length;
    monitor.press([chord]);
    const found = (): string | undefined => toasts.slice(before).find((text) => result.test(text));
    await vi.waitFor(() => expect(found(), toasts.join('\n')).toBeDefined(), patiently);
    await vi.waitFor(() => expect(state().acting.running).toBeNull(), patiently);
    return found() ?? '';
  };
  const statuses = async () => {
    const counts = new Map<string, number>();
    for (const { status } of await storedRows(database)) counts.set(status, (counts.get(status) ?? 0) + 1);
    return Object.fromEntries(counts);
  };
  try {
    monitor.start();
    await vi.waitFor(() => expect(state().latest).not.toBeNull(), patiently);
    await pressed('P', /^paused: 450 operations/);
    expect(await statuses()).toEqual({ paused: all });
    const changes = state().acting.undoable?.changes ?? [];
    const second = changes.slice(200, 203).map(({ transition }) => transition.id);
    proxy.arm(second.map((id) => `"${id}"`).join(','), { at, what });
    const cut = await pressed('u', /^undone: 200 of 450 operations .*200 not known/);
    expect(cut).toContain('(u undoes the rest)');
    await vi.waitFor(() => expect(toasts.join('\n')).toMatch(/the undo of 200 operations was/), patiently);
    const told = toasts.filter((text) => text.startsWith('the undo of'));
    const between = await statuses();
    const undone = await pressed('u', /^undone: \d+ operations/);
    return { told, between, undone, after: await statuses(), left: state().acting.undoable };
  } finally {
    await monitor.stop();
    await table.close();
    await proxy.close();
  }
}

it.each([
  ['a local audit', null],
  ['an audit table', 'options/audit.sql'],
])('with %s, an undo of many also takes back what was lost with the connection', async (_, install) => {
  // The message never arrives.
  const never = await undoneWithCut(install, 0, 'cut before');
  expect(never.told.at(-1)).toContain('the undo of 200 operations was not applied  (u undoes the rest)');
  expect(never.between).toEqual({ paused: 250, running: 200 });
  expect(never.undone).toContain('undone: 250 operations');
  expect(never.after).toEqual({ running: all });
  expect(never.left).toBeNull();
  // Its answer never arrives: the server ends the message, or gives it up when it cannot send the answer.
  const unanswered = await undoneWithCut(install, 1, 'cut before');
  const isApplied = unanswered.told.at(-1)?.includes('the undo of 200 operations was applied') === true;
  if (!isApplied) expect(unanswered.told.at(-1)).toContain('the undo of 200 operations was not applied');
  expect(unanswered.told.at(-1)).toContain('(u undoes the rest)');
  const left = isApplied ? 50 : 250;
  expect(unanswered.between).toEqual({ paused: left, running: all - left });
  expect(unanswered.undone).toContain(`undone: ${left} operations`);
  expect(unanswered.after).toEqual({ running: all });
  expect(unanswered.left).toBeNull();
});
