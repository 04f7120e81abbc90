import { type Instance, render } from 'ink';
import type { ReactElement } from 'react';
import type { TerminalOutput } from './terminal-output.ts';

/** The source of the keys, and the stream for errors. */
export interface InkStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Draws components on the alternate screen. Ink writes complete frames, and the output writes the cells that changed. */
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
