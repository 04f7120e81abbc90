import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import type { TerminalOutput } from './terminal-output.ts';

/** Where keys come from, and where errors go. */
export interface InkStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Draws a tree of components through an output, on the alternate screen. Ink writes each frame whole (not incrementally):
 * the output finds out what has changed.
 */
export function drawOn(output: TerminalOutput, element: ReactElement, { stdin, stderr }: InkStreams): Instance {
  return render(element, {
    stdout: output.stream,
    stdin,
    stderr,
    alternateScreen: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: true,
  });
}
