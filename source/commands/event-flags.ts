import type { Flag } from './flag.ts';

/** How the terminal notifies: by its bell, or by the control sequences that some terminals show as notifications. */
export const notifyWays = ['bell', 'osc9', 'osc777'] as const;
export type NotifyWay = (typeof notifyWays)[number];

export const notifyForms = 'auto, none, or some of bell, osc9, osc777';
export const listenForms = 'ADDRESS:PORT, such as 127.0.0.1:9645';

/** The options that tell others what happens. */
export const eventFlags = [
  {
    name: 'notify',
    value: 'HOW',
    affects: ['monitor', 'demo'],
    words: ['auto', 'none', ...notifyWays],
    help: `notifications in the terminal: ${notifyForms}`,
    fallback: 'auto',
    needs: notifyForms,
  },
  {
    name: 'on-event',
    value: 'COMMAND',
    commands: ['monitor', 'demo', 'wait', 'status'],
    help: 'a program that gets each event as JSON on its input',
    needs: 'a command',
  },
  {
    name: 'listen',
    value: 'ADDRESS:PORT',
    commands: ['metrics'],
    help: 'where to serve the metrics; port 0: any free one',
    fallback: '127.0.0.1:9645',
    needs: listenForms,
  },
] as const satisfies readonly Flag[];
