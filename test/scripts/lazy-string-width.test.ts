import { build } from 'esbuild';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { beforeAll, expect, it } from 'vitest';
import { packageAlias } from '../../scripts/package-alias.ts';

let bundled: typeof stringWidth;

beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export { default } from 'string-width';", resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [packageAlias('string-width', './lazy-string-width.ts')],
  });
  const code = outputFiles[0]?.text ?? '';
  expect(code).toContain('lazyStringWidth');
  bundled = (await import(`data:text/javascript,${encodeURIComponent(code)}`)).default;
});

// Only characters below U+3000 may be measured without string-width.
it('the bundle’s string-width measures each character of one column as the published one does', () => {
  const wrong: string[] = [];
  for (let code = 0; code <= 0x2fff; code++) {
    const character = String.fromCodePoint(code);
    for (const options of [{}, { ambiguousIsNarrow: true }, { ambiguousIsNarrow: false }])
      if (bundled(character, options) !== stringWidth(character, options)) wrong.push(code.toString(16));
  }
  expect(wrong).toEqual([]);
});

it('the bundle’s string-width measures texts as the published one does', () => {
  const text = fc.string({
    unit: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 2 }), fc.constantFrom('é', '█', '\u001B[1m', 'e\u0301')),
  });
  fc.assert(
    fc.property(text, (given) => {
      expect(bundled(given)).toBe(stringWidth(given));
    }),
  );
});
