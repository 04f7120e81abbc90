// Runs the demo in a terminal and draws its screen as docs/overview.svg, the screenshot in README.md.
import { mkdir, writeFile } from 'node:fs/promises';
import { runInTerminal } from '../test/support/pty.ts';
import { toSvg } from './svg.ts';

const size = { columns: 104, rows: 30 };
await using program = runInTerminal('node', ['dist/migtop.cjs', 'demo'], size);
await program.waitFor(() => program.terminal.modes.bracketedPaste, { timeoutMs: 30_000 });
await program.waitForText(/RUNNING/, { timeoutMs: 30_000 });
// After this time every worker has a rate. Then one operation is paused, so that the screenshot shows an action.
await new Promise((resolve) => setTimeout(resolve, 15_000));
program.press('jjjp');
await program.waitForText(/✓ paused/);
await new Promise((resolve) => setTimeout(resolve, 3000));
const svg = toSvg(program.terminal.cells(), { ...size, title: 'migtop demo' });
program.press('q');
await program.exit;
await mkdir('docs', { recursive: true });
await writeFile('docs/overview.svg', svg);
process.stdout.write('docs/overview.svg\n');
