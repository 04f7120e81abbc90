/** A trigger with an option's name, and its function, as sql/queries/options.sql returns them. */
export interface OptionTrigger {
  readonly function: string;
  readonly body: string;
  readonly language: string;
  readonly settings: readonly string[] | null;
  readonly is_definer: boolean;
}

/**
 * The function bodies of sql/options/*.sql, each on one line: the current one first, then those of earlier versions. A test
 * compares the first ones with the installed functions.
 */
const bodies = {
  migtop_guard: [
    "BEGIN IF OLD.status::pg_catalog.text OPERATOR(pg_catalog.=) ANY (ARRAY['paused', 'skipped']::pg_catalog.text[]) AND coalesce(pg_catalog.current_setting('migtop.operator', true), '') OPERATOR(pg_catalog.=) '' THEN NEW.status := OLD.status; NEW.completed_at := OLD.completed_at; END IF; RETURN NEW; END",
    "BEGIN IF OLD.status IN ('paused', 'skipped') AND coalesce(current_setting('migtop.operator', true), '') = '' THEN NEW.status := OLD.status; NEW.completed_at := OLD.completed_at; END IF; RETURN NEW; END",
    "BEGIN IF coalesce(current_setting('migtop.operator', true), '') = '' THEN NEW.status := OLD.status; NEW.completed_at := OLD.completed_at; END IF; RETURN NEW; END",
  ],
  migtop_audit_stamp: [
    'BEGIN NEW.at := pg_catalog.clock_timestamp(); NEW.database_role := session_user; RETURN NEW; END',
    'BEGIN NEW.at := clock_timestamp(); NEW.database_role := session_user; RETURN NEW; END',
  ],
  migtop_audit_refuse: [
    "BEGIN RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege', HINT = 'migtop init --audit --remove removes the whole table.'; END",
    "BEGIN RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege', HINT = 'sql/options/audit-remove.sql takes the whole table away.'; END",
  ],
} as const;

/** The conditions of the guard's trigger, current and earlier, as PostgreSQL prints them, without blanks, brackets and casts. */
const conditions = {
  current: 'new.status<>old.status',
  earlier: "old.status=ANYARRAY'paused','skipped'ANDnew.statusISDISTINCTFROMold.status",
} as const;

/** Whether an option's function or trigger is that of the current file, of an earlier version, or neither. */
export type Known = 'current' | 'earlier' | 'altered';

/** Compares a function with that of sql/options/*.sql: its owner may have changed the body. */
export function knownFunction(trigger: OptionTrigger): Known {
  const known: readonly string[] = bodies[trigger.function as keyof typeof bodies] ?? [];
  const at = known.indexOf(trigger.body.replace(/\s+/g, ' ').trim());
  const isCalledAsMade =
    trigger.language === 'plpgsql' &&
    !trigger.is_definer &&
    trigger.settings?.length === 1 &&
    trigger.settings[0] === 'search_path=pg_catalog, pg_temp';
  if (at < 0 || !isCalledAsMade) return 'altered';
  return at === 0 ? 'current' : 'earlier';
}

/** Compares the guard's trigger, as `pg_get_triggerdef()` prints it, with that of sql/options/guard.sql. */
export function knownGuard(definition: string): Known {
  const [, event, when = ''] =
    /^CREATE TRIGGER migtop_guard BEFORE UPDATE( OF status)? ON .* FOR EACH ROW WHEN \((.*)\) EXECUTE FUNCTION [^(]*\(\)$/s.exec(
      definition,
    ) ?? [];
  // PostgreSQL qualifies the names of built-in objects if the search path has other objects of these names.
  const condition = when
    .replace(/OPERATOR\(pg_catalog\.([^)]*)\)/g, '$1')
    .replace(/::(?:pg_catalog\.)?(?:text|"?varchar"?|character varying)|[() [\]]/g, '');
  if (condition === conditions.current && event !== undefined) return 'current';
  return condition === conditions.earlier ? 'earlier' : 'altered';
}
