"""Runs the migrations on the connection `aboveboard.tables` hands over, inside its transaction."""

from alembic import context

from aboveboard.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
