-- The privileges that adding an operation needs: INSERT on the columns that a retry writes, and the use of the sequence of the
-- ids. `sequence` is the sequence that this role may not use, null if there is none.
-- $1 oid  the control table
SELECT
  (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege($1::pg_catalog.oid, attnum, 'INSERT'))
   FROM pg_catalog.pg_attribute
   WHERE attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid
     AND attname OPERATOR(pg_catalog.=) ANY (ARRAY['phase', 'table_name', 'operation', 'status', 'records_processed', 'total_records',
       'batch_size', 'source_query', 'validation_query'])) AS may_insert,
  (SELECT pg_catalog.min(pg_catalog.concat(pg_catalog.quote_ident(nspname), '.', pg_catalog.quote_ident(relname)))
   FROM pg_catalog.pg_attribute
   JOIN pg_catalog.pg_depend ON refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
     AND refobjid OPERATOR(pg_catalog.=) attrelid AND refobjsubid OPERATOR(pg_catalog.=) attnum
   JOIN pg_catalog.pg_class ON pg_class.oid OPERATOR(pg_catalog.=) objid AND relkind OPERATOR(pg_catalog.=) 'S'
   JOIN pg_catalog.pg_namespace ON pg_namespace.oid OPERATOR(pg_catalog.=) relnamespace
   WHERE attrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND attname OPERATOR(pg_catalog.=) 'id'
     -- An identity column needs no privilege on its sequence.
     AND deptype OPERATOR(pg_catalog.=) 'a'
     -- Of any other relation the function raises an error, and it may be called first.
     AND CASE WHEN relkind OPERATOR(pg_catalog.=) 'S' THEN NOT pg_catalog.has_sequence_privilege(pg_class.oid, 'USAGE') ELSE false END
   ) AS sequence
