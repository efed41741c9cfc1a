#!/usr/bin/env bash
# asyncpg 0.32.0 on PostgreSQL 18.1: a connection names the fields of a row value (`SELECT c FROM contacts AS c`,
# `array_agg(c)`, a column of a composite type) by the columns that the table had when the connection first read such a
# value. After a migration that leaves number and types of the columns as they were, values appear under wrong names,
# without an error: here the e-mail address under "phone". Connections of one pool that were opened before and after the
# migration return different names for the same query, until the older ones are closed.
#
# Expected by most readers: the names of now, as for `SELECT *`, or OutdatedSchemaCacheError, which asyncpg raises if
# the number or the types of the columns no longer match.
# Why: Postgres sends a row value without names. asyncpg reads them from the catalog once for each connection, and the
# message that makes it plan a `SELECT *` anew does not concern them, because the type of the result is the same.
#
# Output seen (2026-11-28):
#   before: {'id': 1, 'phone': '+1'}
#   connection from before the migration, row value: {'id': 1, 'phone': 'a@example.org'}
#   connection from before the migration, SELECT *:  {'id': 1, 'email': 'a@example.org'}
#   connection from after the migration, row value:  {'id': 1, 'email': 'a@example.org'}
. "$(dirname "$0")/lib/setup.bash"

python_with asyncpg==0.32.0
start_postgres 18.1.0
"$python" - "$postgres" >"$work/seen" <<'PYTHON'
import asyncio
import sys

import asyncpg

ROW_VALUE = "SELECT c FROM contacts AS c"


async def main(url):
    migrating, before = await asyncpg.connect(url), await asyncpg.connect(url)
    await migrating.execute("CREATE TABLE contacts (id integer, phone text); INSERT INTO contacts VALUES (1, '+1')")
    print("before:", dict(await before.fetchval(ROW_VALUE)))
    await migrating.execute("""
        ALTER TABLE contacts ADD COLUMN email text;
        UPDATE contacts SET email = 'a@example.org';
        ALTER TABLE contacts DROP COLUMN phone;
    """)
    after = await asyncpg.connect(url)
    print("connection from before the migration, row value:", dict(await before.fetchval(ROW_VALUE)))
    print("connection from before the migration, SELECT *: ", dict(await before.fetchrow("SELECT * FROM contacts")))
    print("connection from after the migration, row value: ", dict(await after.fetchval(ROW_VALUE)))
    for connection in (migrating, before, after):
        await connection.close()


asyncio.run(main(sys.argv[1]))
PYTHON
cat "$work/seen"
diff "$work/seen" - <<'EXPECTED'
before: {'id': 1, 'phone': '+1'}
connection from before the migration, row value: {'id': 1, 'phone': 'a@example.org'}
connection from before the migration, SELECT *:  {'id': 1, 'email': 'a@example.org'}
connection from after the migration, row value:  {'id': 1, 'email': 'a@example.org'}
EXPECTED
echo "confirmed: an older connection keeps the old names"
