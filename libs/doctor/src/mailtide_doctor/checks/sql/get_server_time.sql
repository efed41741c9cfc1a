-- The server's clock, in microseconds since 1970. Reads only.
SELECT (extract(EPOCH FROM clock_timestamp()) * 1000000)::bigint
