-- Plan by indexes, and without just-in-time compilation, until the transaction ends. Compilation costs ten times as
-- much as a statement that reads a few hundred rows, and a plan that was made while a table was small would scan it
-- later.
-- Index: none. Safe to repeat.
SELECT set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true)
