-- Whether an account may be called, in one place: an operator's decision, the account's row, and what the scheduler has
-- observed since that row was written.

CREATE VIEW account_permissions AS
SELECT
    s.grant_id,
    coalesce(s.decision, a.status) AS status,
    CASE
        WHEN s.decision IS NOT NULL THEN false
        WHEN coalesce(a.status, 'active') = 'active' THEN true
        ELSE coalesce(s.active_observed_at > coalesce(a.observed_at, 0), false)
    END AS callable,
    s.decision, s.not_before, s.watermark, s.live_watermark, s.medium_window_at, s.long_window_at
FROM account_schedules AS s
LEFT JOIN email_accounts AS a ON a.nylas_grant_id = s.grant_id;
COMMENT ON COLUMN account_permissions.status IS 'As an operator decided, else as the row says; null: there is no row.';
COMMENT ON COLUMN account_permissions.callable IS
    'Whether Nylas may be called for it: also before its row is written or says that it is active again.';
