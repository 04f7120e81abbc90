import { setTimeout as wait } from 'node:timers/promises';
import { type Observation, observe } from '../domain/observation.ts';
import { type Operation, operationKey } from '../domain/operation.ts';
import { judgeTakeOver, watchesSeconds } from '../domain/takeover.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { duration } from '../presentation/figures.ts';
import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** How many more polls look at least whether the workers of operations to take over are alive. */
const fewestPolls = 2;

/**
 * The state after more polls: they show which workers are alive. It watches until every operation is proven dead or alive; not for
 * those that need more than the limit. On a terminal it shows for how long it still watches.
 */
export async function watchWorkers(
  table: ControlTable,
  state: MonitorState,
  operations: readonly Operation[],
  { intervalSeconds, isUnproven, timeoutSeconds }: Flags,
  { signal, stderr }: Pick<Surroundings, 'stderr'> & { readonly signal: AbortSignal },
): Promise<MonitorState> {
  const startedMs = performance.now();
  const limitSeconds = timeoutSeconds ?? watchesSeconds;
  const isTerminal = stderr.isTTY === true;
  let { latest } = state;
  let isShown = false;
  for (let polls = 0; !signal.aborted; polls++) {
    const left = limitSeconds - (performance.now() - startedMs) / 1000;
    const seconds = latest === null || isUnproven ? 0 : secondsToWatch(latest, operations, left);
    if (polls >= fewestPolls && seconds <= 0) break;
    if (seconds > fewestPolls * intervalSeconds && (isTerminal || !isShown)) {
      const text = `watching for up to ${duration(seconds)} whether the workers are dead (--unproven does not wait)`;
      stderr.write(isTerminal ? `\r${text}\u001B[K` : `migtop: ${text}\n`);
      isShown = true;
    }
    await wait(1000 * intervalSeconds, undefined, { signal }).catch(() => {});
    latest = observe(latest, await table.poll([]));
  }
  if (isShown && isTerminal) stderr.write('\r\u001B[K');
  return { ...state, latest };
}

/** For how many more seconds it is worth to watch: 0 if no operation can be proven dead within `left` seconds. */
function secondsToWatch(observation: Observation, operations: readonly Operation[], left: number): number {
  const newest = new Map(observation.snapshot.operations.map((one) => [operationKey(one), one]));
  let most = 0;
  for (const operation of operations) {
    const known = judgeTakeOver(observation, newest.get(operationKey(operation)) ?? operation);
    const seconds = known.kind === 'unproven' ? (known.provenInSeconds ?? 0) : 0;
    if (seconds <= left) most = Math.max(most, seconds);
  }
  return most;
}
