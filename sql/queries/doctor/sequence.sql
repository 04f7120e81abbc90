-- The sequence that gives the ids, and the highest id: a sequence that is behind gives ids that exist already.
-- $1 oid  the table
-- No row if the ids have no sequence. `next` is null if this role may not read the sequence.
SELECT 'sequence' AS kind, pg_catalog.json_build_object(
    'sequence', pg_catalog.concat(pg_catalog.quote_ident(nspname), '.', pg_catalog.quote_ident(relname)),
    -- pg_sequence_last_value() is null for a sequence that has given no value yet.
    'next', CASE WHEN pg_catalog.has_sequence_privilege(pg_class.oid, 'SELECT, USAGE')
      THEN coalesce(pg_catalog.pg_sequence_last_value(pg_class.oid) OPERATOR(pg_catalog.+) seqincrement, seqstart) END,
    'highest', (SELECT pg_catalog.max(id) FROM migration_control),
    'limit', CASE
      WHEN atttypid OPERATOR(pg_catalog.=) 21::pg_catalog.oid THEN LEAST(seqmax, 32767)
      WHEN atttypid OPERATOR(pg_catalog.=) 23::pg_catalog.oid THEN LEAST(seqmax, 2147483647)
      ELSE seqmax END) AS body
FROM pg_catalog.pg_attribute
JOIN pg_catalog.pg_depend ON refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
  AND refobjid OPERATOR(pg_catalog.=) attrelid AND refobjsubid OPERATOR(pg_catalog.=) attnum
  AND classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid
JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) objid AND relkind OPERATOR(pg_catalog.=) 'S'
JOIN pg_catalog.pg_sequence ON seqrelid OPERATOR(pg_catalog.=) pg_class.oid
JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
WHERE attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND attname OPERATOR(pg_catalog.=) 'id'
  AND seqincrement OPERATOR(pg_catalog.>) 0
  AND deptype OPERATOR(pg_catalog.=) ANY (ARRAY['a', 'i']::pg_catalog."char"[])
LIMIT 1
