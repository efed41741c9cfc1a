-- Delete old measurements. $1: hours for which they are kept.
-- Index: pipeline_minutes_pkey. Safe to repeat.
DELETE FROM pipeline_minutes WHERE minute < now() - make_interval(hours => $1::integer)
