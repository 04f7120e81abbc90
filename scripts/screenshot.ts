// Runs the demo in a terminal and draws its screens as docs/*.svg: the pictures of README.md and docs/operators.md. Needs `npm run build`.
import { writeFile } from 'node:fs/promises';
import { type PtyProgram, runInTerminal } from '../test/support/pty.ts';
import { keys } from '../test/support/terminal.ts';
import { toSvg } from './svg.ts';

interface Size {
  readonly columns: number;
  readonly rows: number;
}

async function start(args: readonly string[], size: Size): Promise<PtyProgram> {
  const program = runInTerminal('node', ['dist/migtop.cjs', ...args], size);
  await program.waitFor(() => program.terminal.modes.bracketedPaste, { timeoutMs: 120_000 });
  await program.waitForText(/[1-9][\d,.]*[kM]? rec\/s/, { timeoutMs: 120_000 });
  return program;
}

async function draw(program: PtyProgram, name: string, title: string, size: Size): Promise<void> {
  const file = `docs/${name}.svg`;
  const svg = toSvg(program.terminal.cells(), { ...size, title });
  // The directory of the demo's socket has another name each time.
  await writeFile(file, svg.replaceAll(/host=[^ ;&]*\/migtop-\w{6}/g, 'host=/run/migtop-socket'));
  process.stdout.write(`${file}\n`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function overview(): Promise<void> {
  const size = { columns: 104, rows: 30 };
  await using program = await start(['demo'], size);
  // After this time every worker has a rate. Then one operation is paused, so that the picture shows an action.
  await pause(15_000);
  program.press('jjjp');
  await program.waitForText(/✓ paused/);
  await pause(3000);
  await draw(program, 'overview', 'migtop demo', size);
  program.press('q');
  await program.exit;
}

async function incident(): Promise<void> {
  const size = { columns: 100, rows: 24 };
  const title = 'migtop demo --incident';
  await using program = await start(['demo', '--incident'], size);
  const press = async (key: string, shown: RegExp): Promise<void> => {
    program.press(key);
    await program.waitForText(shown);
    await pause(1500);
  };
  await program.waitForText(/2 stalled/);
  await press('2', /waits for pid/);
  await draw(program, 'workers', title, size);
  await press('3', /39 unresolved in 4 kinds/);
  await draw(program, 'failures', title, size);
  await press(keys.enter, /12 unresolved of 12/);
  await press(keys.enter, /violates foreign key constraint/);
  await draw(program, 'detail', title, size);
  await press(keys.escape, /12 unresolved of 12/);
  await press(keys.escape, /39 unresolved in 4 kinds/);
  await press('s', /Skip \d+ unresolved failures/);
  await draw(program, 'skip', title, size);
  program.press(`12${keys.tab}`);
  await press('the parents are not migrated', /the parents are not migrated/);
  await press(keys.enter, /skipped: 12 operations/);
  await press('6', /replica lag/);
  await draw(program, 'activity', title, size);
  program.press('q');
  await program.exit;
}

// `npm run pictures incident` draws only the pictures of docs/operators.md.
if (process.argv[2] !== 'incident') await overview();
await incident();
