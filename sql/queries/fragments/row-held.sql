-- Whether another transaction in progress may hold the row. A row keeps the number of its last locker (xmax) after that has ended, and has
-- that of its writer (xmin) if it locked the row before; several lockers have one number together, which is none of theirs.
xmax::pg_catalog.text OPERATOR(pg_catalog.<>) '0' AND EXISTS (
  SELECT FROM lockers
  WHERE number OPERATOR(pg_catalog.=) xmax::pg_catalog.text
    OR xmax::pg_catalog.text OPERATOR(pg_catalog.<>) xmin::pg_catalog.text AND lockers.relation OPERATOR(pg_catalog.=) tableoid)
