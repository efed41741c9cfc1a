-- Channels ordered by name, without their secrets. $1: only this one, or null.
-- Index: none, there are few. Reads only.
SELECT
    id, name, kind, url_masked, enabled, disabled_reason, alerts, allow_content, quiet_from, quiet_until,
    quiet_time_zone, digest_seconds, reminder_seconds, silenced_until, created_at, updated_at,
    CASE WHEN previous_secret_until > now() THEN previous_secret_until END AS previous_secret_until
FROM notice_channels
WHERE $1::uuid IS NULL OR id = $1::uuid
ORDER BY name
