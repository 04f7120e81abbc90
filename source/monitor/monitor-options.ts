import type { Until } from '../domain/deadline.ts';
import type { ControlTable } from '../polling/control-table.ts';
import type { Window } from '../presentation/window.ts';
import type { Copied, CopyResult } from './copying.ts';
import type { CustomCommands } from './custom-running.ts';
import type { Personal } from './personal.ts';
import type { SessionState } from './session-state.ts';

export interface MonitorOptions {
  readonly table: ControlTable;
  /** The target of the configuration file, and whether another one can be chosen. */
  readonly session?: Pick<SessionState, 'targetName' | 'mayChangeTarget' | 'connectWith'>;
  /** True: nothing may be changed, whatever the privileges are. */
  readonly readOnly: boolean;
  readonly intervalSeconds: number;
  readonly window: Window;
  /** The first message for the operator, or null. */
  readonly greeting: string | null;
  /** The deadline of the migration. */
  readonly until?: Until | null;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Resolves in the next turn of the event loop. With it, the keys that arrive while a poll is compared are not kept waiting. */
  readonly nextTurn?: () => Promise<void>;
  /** Whether values in errors and queries are left out of what is copied. */
  readonly redact?: boolean;
  /** Puts a text into the clipboard and a file; absent where there is no screen to copy from. */
  readonly onCopy?: (copied: Copied) => Promise<CopyResult>;
  /** Settings of the configuration file, and its commands. */
  readonly personal?: Personal | undefined;
  readonly custom?: CustomCommands;
  /** Shows the targets to choose from. */
  readonly onChangeTarget?: () => void;
  readonly onQuit: () => void;
  readonly onSuspend: () => void;
  /** Draws the whole screen again: another program may have written onto it. */
  readonly onRedraw: () => void;
}
