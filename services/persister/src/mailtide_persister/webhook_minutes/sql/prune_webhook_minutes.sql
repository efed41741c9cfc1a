-- Delete old minutes. $1: hours for which they are kept.
-- Index: webhook_minutes_pkey. Safe to repeat.
DELETE FROM webhook_minutes WHERE minute < now() - make_interval(hours => $1::integer)
