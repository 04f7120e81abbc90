-- Whether the name of an operation has `retry` in it. In the collation C, PostgreSQL changes the case of ASCII letters only, and fast.
(operation COLLATE pg_catalog."C") OPERATOR(pg_catalog.~~*) '%retry%'
