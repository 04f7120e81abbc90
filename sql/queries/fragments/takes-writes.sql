-- Whether the server is no standby, and its transactions are not read-only by default.
NOT pg_catalog.pg_is_in_recovery() AND pg_catalog.current_setting('default_transaction_read_only') OPERATOR(pg_catalog.<>) 'on'
