/**
 * Makes writes to a terminal non-blocking. By default Node's writes to terminals block: while the terminal accepts no output,
 * as on a stalled line, the program would handle neither keys nor signals.
 *
 * Only if libuv has opened the terminal again for itself, as it does on Unix. On the shell's own descriptor, the shell's writes
 * would be non-blocking too, also after migtop has ended.
 */
export function writeWithoutWaiting(terminal: NodeJS.WriteStream): void {
  const { fd, _handle: handle } = terminal as NodeJS.WriteStream & { fd?: number; _handle?: Handle };
  if (handle?.fd === undefined || handle.fd < 0 || handle.fd === fd) return;
  handle.setBlocking?.(false);
}

/** The part of Node's undocumented handle that is needed here; Node has had it since version 0.12. */
interface Handle {
  readonly fd?: number;
  setBlocking?(isBlocking: boolean): void;
}
