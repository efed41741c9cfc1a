-- Settings of the server, as this session sees them. Reads only.
SELECT name, setting FROM pg_settings
WHERE
    name IN (
        'server_version_num', 'fsync', 'full_page_writes', 'synchronous_commit', 'default_toast_compression',
        'max_connections'
    )
