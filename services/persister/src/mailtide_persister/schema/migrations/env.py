"""Alembic's entry: runs the steps over the connection that `migrate.py` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)

with context.begin_transaction():
    context.run_migrations()
