"""Bring a database to the newest schema; the only way tables are ever made or changed."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from hub.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Apply every migration that is not applied yet; does nothing when there is none."""
    with database.engine.connect() as connection:
        command.upgrade(_config(connection), "head")
        connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config
