-- Number of enabled channels that announce incidents. Reads only.
SELECT count(*) FROM notice_channels WHERE enabled AND alerts IS DISTINCT FROM '{}'
