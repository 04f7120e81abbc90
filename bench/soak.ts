// A process that only polls, to measure its memory: `node --expose-gc soak.ts URL POLLS`. It sends its parent a sample after
// every hundredth of the polls.
import './sql-modules.ts';
import pg from 'pg';

/** The memory of the process after a number of polls, in MB. */
export interface MemorySample {
  readonly polls: number;
  readonly rss: number;
  /** Used heap after a garbage collection. */
  readonly heap: number;
}

const changedRows = 40;
/** Rows change before every fourth poll only: changing them takes longer than polling. */
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
  process.send?.({ polls: poll, rss: rss / megabyte, heap: heapUsed / megabyte } satisfies MemorySample);
}
await subject.close();
await client.end();
process.disconnect?.();
