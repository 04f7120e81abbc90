import { posix } from 'node:path';

/** Which files import each other in a circle, as `a.ts -> b.ts -> a.ts`; types count as much as values. */
export function importCircles(sources: ReadonlyMap<string, string>): string[] {
  const circles: string[] = [];
  const finished = new Set<string>();
  const path: string[] = [];

  function visit(file: string): void {
    const start = path.indexOf(file);
    if (start !== -1) {
      circles.push([...path.slice(start), file].join(' -> '));
      return;
    }
    if (finished.has(file)) return;
    path.push(file);
    for (const imported of importsOf(file, sources.get(file) ?? '')) if (sources.has(imported)) visit(imported);
    path.pop();
    finished.add(file);
  }

  for (const file of sources.keys()) visit(file);
  return circles;
}

/** The files that a file imports by a relative path: `import`, `export … from`, `import()` and `require()`. */
function importsOf(file: string, source: string): string[] {
  const specifiers = source.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\(\s*)(['"])(\.[^'"]*)\1/g);
  return [...specifiers].map(([, , path = '']) => posix.join(posix.dirname(file), path));
}
