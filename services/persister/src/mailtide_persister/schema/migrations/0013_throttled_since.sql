-- Since when calls for a mailbox have been answered 429 without `Retry-After`.
--
-- `account_schedules` is the scheduler's. Old schedulers neither read nor write the column.

ALTER TABLE account_schedules ADD COLUMN throttled_since timestamptz;
COMMENT ON COLUMN account_schedules.throttled_since IS
    'Since when every answer is a 429 without Retry-After; null after any other.';
