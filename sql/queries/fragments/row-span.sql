-- How exactly the duration of a row is known: 1 from 2010 to 2037, 2 from 1900 to 2199, else 0: it has none (`isDuration` in domain/zone.ts).
CASE WHEN (completed_at OPERATOR(pg_catalog.>) started_at) IS NOT TRUE THEN 0
  WHEN started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '2010-01-01'
    AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2038-01-01' THEN 1
  WHEN started_at::timestamp OPERATOR(pg_catalog.>=) timestamp '1900-01-01'
    AND completed_at::timestamp OPERATOR(pg_catalog.<) timestamp '2200-01-01' THEN 2
  ELSE 0 END
