import { describe, expect, it } from 'vitest';
import { runInTerminal } from './pty.ts';
import { keys } from './terminal.ts';

/** Runs a few lines of JavaScript as a program in a terminal. */
const runScript = (script: string, options: Parameters<typeof runInTerminal>[2] = {}) =>
  runInTerminal(process.execPath, ['--input-type=module', '--eval', script], options);

const echoKeys = `
  process.stdin.setRawMode(true);
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', (data) => {
    if (data === 'q') process.exit(3);
    console.log('got ' + JSON.stringify(data));
  });
  console.log('ready');
`;

describe('runInTerminal', () => {
  it('types keys into a program and sees what it prints', async () => {
    await using program = runScript(echoKeys);
    await program.waitForText('ready');
    program.press(keys.up);
    await program.waitForText(String.raw`got "\u001b[A"`);
    program.press('移');
    await program.waitForText(/got "移"/);
    program.press('q');
    expect(await program.exit).toEqual({ exitCode: 3, signal: undefined });
    expect(program.output()).toMatch(/^ready\r\n/);
  });

  it('pastes within brackets once the program has asked for them', async () => {
    await using program = runScript(`process.stdout.write('\\u001B[?2004h');${echoKeys}`);
    await program.waitForText('ready');
    program.paste('a\nb');
    await program.waitForText(String.raw`got "\u001b[200~a\rb\u001b[201~"`);
  });

  it('answers a query for the device attributes, past one that it does not know', async () => {
    await using program = runScript(`${echoKeys} process.stdout.write('\\u001B[?u\\u001B[c');`);
    await program.waitForText(String.raw`got "\u001b[?1;2c"`);
  });

  it('answers where the cursor is', async () => {
    await using program = runScript(`${echoKeys} process.stdout.write('\\u001B[5;7H\\u001B[6n');`);
    await program.waitForText(String.raw`got "\u001b[5;7R"`);
  });

  it('gives the program the size of the window, also when that changes', async () => {
    await using program = runScript(
      `const show = () => console.log(process.stdout.getWindowSize().join('x'));
       process.stdout.on('resize', show); show(); setInterval(() => {}, 1000);`,
      { columns: 61, rows: 17 },
    );
    await program.waitForText('61x17');
    program.resize(100, 30);
    await program.waitForText('100x30');
    expect([program.terminal.columns, program.terminal.rows]).toEqual([100, 30]);
  });

  it('looks like a terminal of a user, not like a test', async () => {
    await using program = runScript(
      `const names = ['CI', 'NO_COLOR', 'FORCE_COLOR', 'VITEST', 'PGHOST', 'TERM', 'COLORTERM', 'LC_ALL', 'EXTRA', 'HOME'];
       console.log(names.map((name) => name + '=' + process.env[name]).join('\\n') + '\\n' + process.stdout.isTTY);`,
      { env: { EXTRA: 'yes', HOME: undefined } },
    );
    await program.exit;
    expect(program.terminal.text().trimEnd().split('\n')).toEqual([
      'CI=undefined',
      'NO_COLOR=undefined',
      'FORCE_COLOR=undefined',
      'VITEST=undefined',
      'PGHOST=undefined',
      'TERM=xterm-256color',
      'COLORTERM=truecolor',
      'LC_ALL=C.UTF-8',
      'EXTRA=yes',
      'HOME=undefined',
      'true',
    ]);
  });

  it('delivers signals and tells the one that ended the program', async () => {
    await using program = runScript(
      `process.on('SIGUSR2', () => console.log('heard')); setInterval(() => {}, 1000); console.log('ready');`,
    );
    await program.waitForText('ready');
    program.signal('SIGUSR2');
    await program.waitForText('heard');
    program.signal('SIGTERM');
    expect(await program.exit).toEqual({ exitCode: 0, signal: 'SIGTERM' });
  });

  it('shows all of the output of a program that ends at once', async () => {
    await using program = runScript(`for (let i = 1; i <= 5000; i++) console.log('line ' + i);`);
    await program.exit;
    expect(program.terminal.text().trimEnd()).toMatch(/line 5000$/);
    expect(program.terminal.scrollbackLength()).toBeGreaterThan(4900);
  });

  it('says why it stops waiting: the program has ended', async () => {
    await using program = runScript(`console.log('no table'); process.exitCode = 2;`);
    await expect(program.waitForText('ready')).rejects.toThrow(
      /The program ended with exit code 2 while waiting for the text ready[\s\S]*no table/,
    );
  });

  it('says why it stops waiting: time is up', async () => {
    await using program = runScript(echoKeys);
    await program.waitForText('ready');
    await expect(program.waitForText('never', { timeoutMs: 1 })).rejects.toThrow(/1 ms passed[\s\S]*ready/);
  });

  it('kills a program that does not want to end', async () => {
    const program = runScript(
      `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); setInterval(() => {}, 1000); console.log('up');`,
    );
    await program.waitForText('up');
    await program.kill();
    expect(await program.exit).toEqual({ exitCode: 0, signal: 'SIGKILL' });
    await program.kill();
  });
});
