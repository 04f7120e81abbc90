// A process of its own that does nothing but poll, to see what it holds in memory: `node --expose-gc soak.ts URL POLLS`.
// Tells its parent at every hundredth of the way.
import './sql-modules.ts';
import pg from 'pg';

/** What the process holds, in MB. */
export interface Held {
  readonly polls: number;
  readonly rss: number;
  /** What is in use after everything that is not has been collected. */
  readonly heap: number;
}

const changedRows = 40;
/** Most of the time would otherwise go into the changes, and not into the polls. */
const churnEvery = 4;
const megabyte = 2 ** 20;

const { openSubject } = await import('./subject.ts');
const { startChurn } = await import('./churn.ts');

const [url = '', polls = '0'] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
const churn = await startChurn(client, 6);
const subject = await openSubject(url);
await subject.settle();
const every = Math.max(1, Math.floor(Number(polls) / 100));
for (let poll = 1; poll <= Number(polls); poll++) {
  if (poll % churnEvery === 0) await churn.work(changedRows);
  await subject.poll();
  await subject.count();
  if (poll % every !== 0) continue;
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ polls: poll, rss: rss / megabyte, heap: heapUsed / megabyte } satisfies Held);
}
await subject.close();
await client.end();
process.disconnect?.();
