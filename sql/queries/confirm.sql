-- Fails, and so rolls back all of its transaction, where moved.sql has found that a trigger keeps another status.
SELECT 1 OPERATOR(pg_catalog./)
  CASE WHEN pg_catalog.current_setting('migtop.kept', true) OPERATOR(pg_catalog.=) 'on' THEN 0 ELSE 1 END AS confirmed
