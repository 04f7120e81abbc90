import { useStdin, useStdout } from 'ink';
import { useEffect } from 'react';
import type { Monitor } from '../../monitor/monitor-interface.ts';
import type { Typed } from '../../monitor/typed.ts';
import type { Background } from './background.ts';
import { type InputStream, openTerminalInput } from './terminal-input.ts';

export const pasteMarksOn = '\u001B[?2004h';
const pasteMarksOff = '\u001B[?2004l';

/**
 * Passes the keys of the terminal to the monitor. Ink's input is not used: it reads the letters of answers and of mouse reports
 * as keys.
 */
export function useTerminalInput(monitor: Pick<Monitor, 'take'>, background: Background | undefined): void {
  const { stdin } = useStdin();
  const { stdout } = useStdout();
  useEffect(() => {
    // Without a terminal there are no keys.
    if (!isTerminal(stdin)) return;
    const take = (typed: readonly Typed[]): void => {
      if (!background?.isSettling()) monitor.take(typed);
    };
    const close = openTerminalInput(stdin, take, background?.take);
    stdout.write(pasteMarksOn);
    background?.ask();
    return () => {
      stdout.write(pasteMarksOff);
      close();
    };
  }, [stdin, stdout, monitor, background]);
}

function isTerminal(stream: NodeJS.ReadableStream): stream is NodeJS.ReadableStream & InputStream {
  return 'setRawMode' in stream;
}
