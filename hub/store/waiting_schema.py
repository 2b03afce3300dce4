"""The tables of what is to come: tickets, reservations, requests to decide, and notices."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from hub.store.columns import BigId, Exact, Instant, Span
from hub.store.schema import metadata

tickets = Table(
    "tickets",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("server", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("gpus", Exact, nullable=False),
    Column("duration", Span, nullable=False),
    Column("preemptible", Boolean, nullable=False),
    Column("auto_start", Boolean, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("not_before", Instant),
    Column("state", String(16), nullable=False),
    Column("lease_id", BigInteger, index=True),
    Column("passes", Integer, nullable=False, default=0),
    Column("ahead_of", BigInteger),
    Column("behind", BigInteger),
    Column("hindered", Boolean, nullable=False, default=False),
    Column("position", Integer, nullable=False, default=0),
    Column("earliest", Instant),
    Column("latest", Instant),
    Column("reason", Text),
    Column("judged_at", Instant),
    Column("closed_at", Instant),
    Index("ix_tickets_state", "state"),
    sqlite_autoincrement=True,
)

ticket_servers = Table(
    "ticket_servers",
    metadata,
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("server", String(64), nullable=False),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False, unique=True),
    PrimaryKeyConstraint("person_id", "server"),
)
"""A row stands exactly while that ticket is open: one ticket for one server name."""

reservations = Table(
    "reservations",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("account", String(80), nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("zone", String(64), nullable=False),
    Column("since_local", String(32), nullable=False),
    Column("until_local", String(32), nullable=False),
    Column("rrule", Text),
    Column("excluded", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("made_by", String(64), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_until", Instant),
    Column("removed_at", Instant),
    sqlite_autoincrement=True,
)
"""Its times are wall time of `zone`; `made_until` is how far ahead its occurrences were made."""

occurrences = Table(
    "occurrences",
    metadata,
    Column("reservation_id", ForeignKey("reservations.id"), nullable=False),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False, index=True),
    PrimaryKeyConstraint("reservation_id", "since"),
)

asks = Table(
    "asks",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("account", String(80), nullable=False),
    Column("lease_id", ForeignKey("leases.id")),
    Column("duration", Span, nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(64)),
    Column("note", Text, nullable=False, default=""),
    Index("ix_asks_state", "state"),
    sqlite_autoincrement=True,
)
"""What somebody asked of whoever may decide: more time for a lease."""

notices = Table(
    "notices",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("subject", String(80), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant),
    UniqueConstraint("subject", "kind", "until"),
    sqlite_autoincrement=True,
)
"""What somebody was told, once: `subject` is lease:ID or ticket:ID, `until` what it is about."""
