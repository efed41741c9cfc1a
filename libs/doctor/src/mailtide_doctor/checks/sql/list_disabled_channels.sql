-- Channels that the notifier itself has disabled. Reads only.
SELECT name, disabled_reason FROM notice_channels WHERE NOT enabled AND disabled_reason IS NOT NULL ORDER BY name
