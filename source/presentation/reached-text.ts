import { sizesOf } from '../domain/batch-size.ts';

/** The state that an applied action led to: `paused`, `running again`, `pending again`, `accepted`. */
export function reachedText(action: string, toStatus: string): string {
  const sizes = sizesOf(action);
  if (sizes !== null) return `batch size ${sizes.to}`;
  switch (action) {
    case 'accept':
      return 'accepted';
    case 'unaccept':
      return 'unresolved again';
    case 'retry':
      return 'queued again';
    case 'pause':
    case 'skip':
      return toStatus;
    default:
      // The undo of a retry skips the operation that the retry added; after that of a skip, the operation has not failed again.
      if (toStatus === '') return 'done';
      return toStatus === 'skipped' ? toStatus : toStatus === 'failed' ? 'failed as before' : `${toStatus} again`;
  }
}
