"""The tables of the ledger: what was charged, what is held, and sums that stay exact."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.columns import BigId, Instant
from hub.store.schema import metadata

ledger = Table(
    "ledger",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("day", Date, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("lease_id", ForeignKey("leases.id"), index=True),
    Column("seq", Integer, nullable=False, default=0),
    Column("person_id", ForeignKey("people.id"), index=True),
    Column("account", String(80), nullable=False),
    Column("gpu_ms", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False, default=""),
    Column("note", Text, nullable=False, default=""),
    UniqueConstraint("lease_id", "kind", "day", "seq"),
    sqlite_autoincrement=True,
)
"""Append-only: every charge, overrun and correction, in weighted GPU-milliseconds.

`day` is the day it counts for in the station's zone; an overrun belongs to nobody.
"""

day_sums = Table(
    "day_sums",
    metadata,
    Column("scope", String(80), nullable=False),
    Column("day", Date, nullable=False),
    Column("settled_ms", BigInteger, nullable=False, default=0),
    Column("held_ms", BigInteger, nullable=False, default=0),
    Column("leases", Integer, nullable=False, default=0),
    PrimaryKeyConstraint("scope", "day"),
    Index("ix_day_sums_day", "day"),
)
"""The ledger's sums by day for user:NAME, group:NAME and site; written with it, never alone."""

escrow = Table(
    "escrow",
    metadata,
    Column("lease_id", ForeignKey("leases.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("held_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("lease_id", "day"),
)
"""What an open lease may still cost, on each day it may run."""

meters = Table(
    "meters",
    metadata,
    Column("lease_id", ForeignKey("leases.id"), primary_key=True, autoincrement=False),
    Column("boot_id", String(64), nullable=False),
    Column("boot_ms", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("run_ms", BigInteger, nullable=False, default=0),
    Column("charged_ms", BigInteger, nullable=False, default=0),
    Column("overrun_ms", BigInteger, nullable=False, default=0),
    Column("busy_ms", BigInteger, nullable=False, default=0),
    Column("seq", Integer, nullable=False, default=0),
)
"""How far an active lease has been read: boot time of the last tick, and what was charged."""

fair_shares = Table(
    "fair_shares",
    metadata,
    Column("person_id", ForeignKey("people.id"), primary_key=True, autoincrement=False),
    Column("gpu_ms", Float, nullable=False),
    Column("at", Instant, nullable=False),
)
"""What a person was charged, halved for every 7 days of age, as of `at`."""
