import { readFile, writeFile } from 'node:fs/promises';

/**
 * Escapes the characters beyond ASCII, which esbuild leaves in regular expressions: V8 would keep the whole file with two bytes for each
 * character, and take longer to read it.
 */
export async function escapeOthers(files: readonly string[]): Promise<void> {
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    const escaped = text.replace(
      /[^\0-\x7f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    if (escaped !== text) await writeFile(file, escaped);
  }
}
