import { foreignKeyOf } from '../domain/suggestions.ts';

/** The parent tables of the foreign keys that failures name: a parent row has to be there before a retry. */
export interface ForeignKeys {
  /** Takes the error of a failure. */
  note(kind: string, error: string | null): void;
  /** The constraints whose parent is not known yet. */
  wanted(): readonly string[];
  /** Takes what the database says of constraints; a constraint of `asked` without a parent is in another database. */
  take(asked: readonly string[], parents: readonly (readonly [constraint: string, parent: string])[]): void;
  /** In order of name. */
  parentsOf(kind: string): readonly string[];
}

/** Maximum number of constraints of one kind. */
const maxConstraints = 50;

/**
 * Ignores errors that name no foreign key, and constraints beyond `maxConstraints` of one kind. An error that names the
 * parent table itself needs no look-up.
 */
export function createForeignKeys(): ForeignKeys {
  const byKind = new Map<string, Set<string>>();
  const parents = new Map<string, ReadonlySet<string>>();
  const unknown = new Set<string>();

  return {
    note(kind, error) {
      const key = foreignKeyOf(error);
      if (key === null) return;
      const constraints = byKind.get(kind) ?? new Set<string>();
      byKind.set(kind, constraints);
      if (constraints.size >= maxConstraints) return;
      constraints.add(key.constraint);
      if (key.parent !== null)
        parents.set(key.constraint, new Set([...(parents.get(key.constraint) ?? []), key.parent]));
      else if (!parents.has(key.constraint)) unknown.add(key.constraint);
    },
    wanted: () => [...unknown],
    take(asked, found) {
      for (const constraint of asked) {
        unknown.delete(constraint);
        if (!parents.has(constraint)) parents.set(constraint, new Set());
      }
      for (const [constraint, parent] of found)
        parents.set(constraint, new Set([...(parents.get(constraint) ?? []), parent]));
    },
    parentsOf: (kind) =>
      [...new Set([...(byKind.get(kind) ?? [])].flatMap((constraint) => [...(parents.get(constraint) ?? [])]))].sort(),
  };
}
