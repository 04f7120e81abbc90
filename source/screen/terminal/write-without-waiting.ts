/**
 * Lets the program go on while a terminal does not take what is written to it (a stalled line, a window manager that is
 * asleep). Node writes to terminals so that all of the program stands still until it does: no key is heard then, and
 * no signal.
 *
 * Only where libuv has opened the terminal anew for itself, as it does on Unix: on the shell's own descriptor the
 * shell would write so too from then on, and after we have left.
 */
export function writeWithoutWaiting(terminal: NodeJS.WriteStream): void {
  const { fd, _handle: handle } = terminal as NodeJS.WriteStream & { fd?: number; _handle?: Handle };
  if (handle?.fd === undefined || handle.fd < 0 || handle.fd === fd) return;
  handle.setBlocking?.(false);
}

/** The part that we need of what Node does not document; it has been there since Node 0.12. */
interface Handle {
  readonly fd?: number;
  setBlocking?(isBlocking: boolean): void;
}
