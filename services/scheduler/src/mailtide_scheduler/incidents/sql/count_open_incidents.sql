-- Numbers of open incidents, by kind. Index: incidents_open_idx. Reads only.
SELECT kind, count(*) AS incidents FROM incidents WHERE ended_at IS NULL GROUP BY kind
