import { DatabaseError } from '../source/database/database-error.ts';

/** The demo of the single executable: it would need PGlite, whose files are not in it. */
export async function runDemo(): Promise<number> {
  throw new DatabaseError('usage', 'The single executable has no demo. Run it from the package: npx migtop demo');
}
