import { type Command, scopes } from '../command.ts';
import { look } from './entries.ts';

function program(command: Parameters<typeof look>[0]): Command {
  return { ...look(command), group: 'Program' };
}

/** The commands of the program itself. They work also where the window is too small for rows. */
export const ofProgram: readonly Command[] = [
  program({
    id: 'help',
    searchWords: 'keys legend signs',
    keys: ['?'],
    scopes: ['list', 'detail', 'help'],
    footer: 'pinned',
    help: 'Open or close this help',
    run: (controls) => controls.help(),
  }),
  program({
    id: 'redraw',
    searchWords: 'clear',
    keys: ['ctrl-l'],
    scopes,
    help: 'Erase the screen and draw it again',
    run: (controls) => controls.redraw(),
  }),
  program({
    id: 'suspend',
    keys: ['ctrl-z'],
    scopes,
    help: 'Suspend; `fg` in the shell continues',
    run: (controls) => controls.suspend(),
  }),
  program({
    id: 'quit',
    searchWords: 'exit leave',
    keys: ['q'],
    scopes: ['list', 'detail', 'help'],
    footer: 'pinned',
    help: 'Quit',
    run: (controls) => controls.quit(),
  }),
  program({
    id: 'leave',
    keys: ['ctrl-c'],
    scopes,
    help: 'Stop an action on many, or quit',
    run: (controls) => controls.leave(),
  }),
];
