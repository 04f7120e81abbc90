import type { Noticed } from '../domain/notices.ts';
import { createNewNotices } from '../monitor/notice-followers.ts';
import type { Store } from '../monitor/store.ts';
import { isUrgent, noticesText } from '../presentation/notice-text.ts';
import { notification, usualWays } from '../screen/terminal/notification.ts';
import type { Flags } from './arguments.ts';
import type { Surroundings } from './surroundings.ts';

/** Minimum milliseconds between two notifications: events between them are one notification. */
const everyMs = 10_000;

/**
 * Writes a notification to the terminal for urgent notices of a monitor. Returns a function that stops it.
 *
 * @param write writes control sequences that draw nothing; false if the terminal is not migtop's at the moment
 */
export function notifyTerminal(
  store: Pick<Store, 'state' | 'subscribe'>,
  { events }: Pick<Flags, 'events'>,
  { env, now }: Pick<Surroundings, 'env' | 'now'>,
  write: (bytes: string) => boolean,
): () => void {
  const ways = events.notify === 'auto' ? usualWays(env) : events.notify;
  if (ways.length === 0) return () => {};
  const newNotices = createNewNotices(store.state());
  let waiting: Noticed[] = [];
  let writtenMs = Number.NEGATIVE_INFINITY;
  return store.subscribe(() => {
    const state = store.state();
    for (const { what } of newNotices(state)) if (isUrgent(what)) waiting.push(what);
    if (waiting.length === 0 || now() - writtenMs < everyMs) return;
    if (!write(notification(`migtop ${state.target.database}`, noticesText(waiting), ways, env))) return;
    writtenMs = now();
    waiting = [];
  });
}
