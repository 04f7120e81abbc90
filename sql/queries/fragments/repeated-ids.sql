-- The ids of the operations that a row repeats, by its name and by the mark of the worker library (domain/mark.ts); null for none.
pg_catalog."substring"(operation, '^retry_batch_(-?[0-9]{1,16})$'),
CASE WHEN pg_catalog.right(validation_query, 3) OPERATOR(pg_catalog.=) ' */'
  THEN pg_catalog."substring"(validation_query, '/[*] migtop run=[^*]* repeats=(-?[0-9]{1,16})[^*]*[*]/$') END
