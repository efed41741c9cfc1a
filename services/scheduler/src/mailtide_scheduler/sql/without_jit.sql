-- Plan without just-in-time compilation until the transaction ends: for a statement that reads a few hundred rows by
-- indexes it costs ten times what the statement does. Safe to repeat.
SELECT set_config('jit', 'off', true)
