"""What alembic runs: the migrations on the connection handed in."""

from alembic import context

from hub.store import ledger_schema, waiting_schema
from hub.store.schema import metadata

TABLES = (ledger_schema, waiting_schema)
"""Imported so that all tables are known to the metadata."""

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
