-- Fails, and so rolls back its transaction, if after-triggers.sql found that a trigger set another status.
SELECT 1 OPERATOR(pg_catalog./)
  CASE WHEN pg_catalog.current_setting('migtop.kept', true) OPERATOR(pg_catalog.=) 'on' THEN 0 ELSE 1 END AS confirmed
