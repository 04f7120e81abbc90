-- Whether a source query names the range that it reads, as in an attempt at the same work (source/polling/attempts.ts). In the collation C,
-- white space and letters are those of ASCII, whatever the locale of the database is.
((query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~*) '[[:space:]](limit|offset)[[:space:]]+[0-9]'
    OR (query COLLATE pg_catalog."C") OPERATOR(pg_catalog.~*) '[[:alnum:]_."][[:space:]]*(<=|>=|<|>|between)[[:space:]]*[0-9''-]')
  AND pg_catalog.regexp_replace(query COLLATE pg_catalog."C", '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g')
    OPERATOR(pg_catalog.!~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,([:space:]][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]'
