-- Removes the indexes that indexes.sql installed. Can be run again; if they are not installed nothing happens.
-- Run it as the table's owner, with the table's schema first in the search path. No session waits for it, but it waits for all
-- transactions that use the table.

DROP INDEX CONCURRENTLY IF EXISTS migtop_completed_at;
DROP INDEX CONCURRENTLY IF EXISTS migtop_failed;
