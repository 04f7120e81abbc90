import type { Lab } from '../lab.ts';
import type { FigureResult } from '../results.ts';
export async function measureIndexes(_lab: Lab): Promise<FigureResult> {
  return { title: 'indexes', claims: [], details: {} };
}
