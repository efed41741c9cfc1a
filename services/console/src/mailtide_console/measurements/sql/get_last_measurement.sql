-- When the pipeline was last measured; no row if it never was. Index: pipeline_minutes_pkey. Reads only.
SELECT measured_at FROM pipeline_minutes ORDER BY minute DESC LIMIT 1
