import { describe, expect, it } from 'vitest';
import { toSvg } from '../../scripts/svg.ts';
import { createTerminal } from './terminal.ts';

async function draw(bytes: string, { columns = 20, rows = 2, title = 'migtop' } = {}) {
  const terminal = createTerminal({ columns, rows });
  await terminal.write(bytes);
  return toSvg(terminal.cells(), { columns, rows, title });
}

/** The elements of one kind that draw the screen, without the window around it. */
function screenElements(svg: string, tag: 'text' | 'rect') {
  const screen = svg.slice(svg.indexOf('<g '));
  return [...screen.matchAll(new RegExp(`<${tag} ([^>]*?)/?>([^<]*)`, 'g'))].map(([, attributes = '', text = '']) => ({
    ...Object.fromEntries([...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name, value]) => [name, value])),
    ...(tag === 'text' ? { content: text } : {}),
  }));
}

describe('toSvg', () => {
  it('draws a window of the size of the screen with its title', async () => {
    const svg = await draw('', { columns: 80, rows: 24, title: 'migtop <demo> & "co"' });
    expect(svg).toMatch(/^<svg [^>]*width="700" height="494" viewBox="0 0 700 494"/);
    expect(svg).toContain('<title>migtop &lt;demo&gt; &amp; &quot;co&quot;</title>');
    expect(svg.trimEnd()).toMatch(/<\/svg>$/);
    expect(screenElements(svg, 'text')).toEqual([]);
  });

  it('draws one text for each run, at its column and as long as its columns', async () => {
    const svg = await draw('a b  \u001B[1;31mfailed\u001B[0m\r\n \u001B[2mdim');
    expect(screenElements(svg, 'text')).toMatchObject([
      { content: 'a b', x: '0', y: '13.5', textLength: '25.2', fill: '#d5d9e2' },
      { content: 'failed', x: '42', textLength: '50.4', fill: '#e86671', 'font-weight': '700' },
      { content: 'dim', x: '8.4', y: '31.5', 'fill-opacity': '0.6' },
    ]);
  });

  it('escapes what is markup in XML', async () => {
    expect(await draw('a<b>&"c"')).toContain('>a&lt;b&gt;&amp;&quot;c&quot;</text>');
  });

  it('fills the background, and swaps the colours of inverse text', async () => {
    const svg = await draw('\u001B[7mab \u001B[0m \u001B[44m  ');
    expect(screenElements(svg, 'rect')).toMatchObject([
      { x: '0', width: '25.2', height: '18', fill: '#d5d9e2' },
      { x: '33.6', width: '16.8', fill: '#61aeee' },
    ]);
    expect(screenElements(svg, 'text')).toMatchObject([{ content: 'ab', fill: '#171a21' }]);
  });

  it('keeps wide characters and symbols in their columns', async () => {
    expect(screenElements(await draw('ab移行c✓d'), 'text')).toMatchObject([
      { content: 'ab', x: '0', textLength: '16.8' },
      { content: '移', x: '16.8', textLength: '16.8' },
      { content: '行', x: '33.6', textLength: '16.8' },
      { content: 'c', x: '50.4', textLength: '8.4' },
      { content: '✓', x: '58.8', textLength: '8.4' },
      { content: 'd', x: '67.2', textLength: '8.4' },
    ]);
  });

  it('draws a bar without a seam, its last cell in part, its rest as a shade', async () => {
    const svg = await draw('\u001B[32m██▌░░\u001B[39m ▁█');
    expect(screenElements(svg, 'rect')).toMatchObject([
      { x: '0', y: '0', width: '21', height: '18', fill: '#8cc570' },
      { x: '25.2', width: '16.8', height: '18', 'fill-opacity': '0.25' },
      { x: '50.4', y: '15.75', width: '8.4', height: '2.25' },
      { x: '58.8', y: '0', width: '8.4', height: '18' },
    ]);
    expect(screenElements(svg, 'text')).toEqual([]);
  });

  it('knows the 256 colours and true colour', async () => {
    const svg = await draw('\u001B[38;5;208mA\u001B[38;5;244mB\u001B[38;5;9mC\u001B[38;2;1;2;3mD');
    expect(screenElements(svg, 'text').map((element) => Reflect.get(element, 'fill'))).toEqual([
      '#ff8700',
      '#808080',
      '#ff8b92',
      '#010203',
    ]);
  });
});
