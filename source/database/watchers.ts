import type { Watcher } from '../domain/watcher.ts';
import { attempt, type Decoded, optional, visible } from './decode.ts';

/** Maximum number of others who watch. */
export const mostWatchers = 20;

/** Decodes a row of sql/queries/watchers.sql. */
export function decodeWatcher(body: unknown): Decoded<Watcher> {
  return attempt(body, (row) => ({ user: visible(row, 'user'), client: optional(row, 'client', visible) }));
}
