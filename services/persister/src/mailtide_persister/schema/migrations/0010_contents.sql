-- The number of messages whose content an audit compared: the index that it compares has no content.
--
-- `audit_reports` is the scheduler's. Old schedulers neither read nor write the column.

ALTER TABLE audit_reports ADD COLUMN contents bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN audit_reports.contents IS 'Messages whose whole content the pass compared, by turn.';
