import type { Blocker } from '../domain/standing-still.ts';
import { duration } from './figures.ts';

/** A session that a worker waits for: `process 17391 psql ops2@10.0.1.4, idle in transaction 26m: UPDATE …`. */
export function blockerText(blocker: Blocker): string {
  const { pid, application, user, client, state, transactionSeconds, query, operation } = blocker;
  const whose = [user, client].filter((part) => part !== null).join('@');
  const name = [`process ${pid}`, application, whose].filter((part) => part !== null && part !== '').join(' ');
  const worker = operation === null ? '' : `, the worker of operation ${operation.id}`;
  const age = transactionSeconds === null ? '' : ` ${duration(transactionSeconds)}`;
  const doing = state === null ? '' : `, ${state}${age}`;
  return `${pid === 0 ? 'a prepared transaction' : name}${worker}${doing}${query === null ? '' : `: ${query}`}`;
}
