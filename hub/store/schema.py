"""The tables. Every promise two callers could break between them is a key here."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

from hub.store.columns import BigId, Exact, Instant, Span

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

people = Table(
    "people",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("uid", Integer, nullable=False, unique=True),
    Column("admin", Boolean, nullable=False, default=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("password_hash", Text),
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("primary_group", ForeignKey("groups.name")),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

groups = Table(
    "groups",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("created_at", Instant, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("group_name", ForeignKey("groups.name"), nullable=False),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("manager", Boolean, nullable=False, default=False),
    Column("joined_at", Instant, nullable=False),
    PrimaryKeyConstraint("group_name", "person_id"),
)

ceilings = Table(
    "ceilings",
    metadata,
    Column("scope", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("milli", BigInteger, nullable=False),
    Column("window", String(8)),
    PrimaryKeyConstraint("scope", "kind"),
)

gpus = Table(
    "gpus",
    metadata,
    Column("uuid", String(80), primary_key=True),
    Column("name", Text, nullable=False),
    Column("node", String(80), nullable=False),
    Column("kind", Text, nullable=False),
    Column("memory_mib", BigInteger, nullable=False),
    Column("slots", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("health", String(16), nullable=False),
    Column("isolation", String(16), nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("sliced", Boolean, nullable=False),
    Column("fault", Text),
    Column("seen_at", Instant, nullable=False),
)

gpu_changes = Table(
    "gpu_changes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
)
"""One row: how often anything of a GPU but `seen_at` changed, came or went."""

leases = Table(
    "leases",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("person_id", ForeignKey("people.id"), nullable=False, index=True),
    Column("server", String(64), nullable=False),
    Column("account", String(80), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("node", String(80), nullable=False),
    Column("share", Exact, nullable=False),
    Column("parts", BigInteger, nullable=False),
    Column("cpus", Exact, nullable=False),
    Column("memory_mib", BigInteger, nullable=False),
    Column("duration", Span, nullable=False),
    Column("loan", Boolean, nullable=False, default=False),
    Column("opened_at", Instant, nullable=False),
    Column("active_at", Instant),
    Column("expires_at", Instant),
    Column("closing_at", Instant),
    Column("closed_at", Instant),
    Column("end_reason", String(16)),
    Column("guaranteed_until", Instant),
    Column("ticket_id", BigInteger, index=True),
    Column("offer_until", Instant),
    Column("reservation_id", BigInteger),
    Column("keep_going", Boolean, nullable=False, default=False),
    Column("visited_at", Instant),
    Column("reclaim_at", Instant),
    Column("note", Text, nullable=False, default=""),
    Index("ix_leases_state", "state"),
    sqlite_autoincrement=True,
)

lease_slots = Table(
    "lease_slots",
    metadata,
    Column("gpu_uuid", String(80), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("lease_id", ForeignKey("leases.id"), nullable=False, index=True),
    PrimaryKeyConstraint("gpu_uuid", "slot"),
)
"""A row stands exactly while that slot is leased: the key refuses a second holder."""

lease_servers = Table(
    "lease_servers",
    metadata,
    Column("person_id", ForeignKey("people.id"), nullable=False),
    Column("server", String(64), nullable=False),
    Column("lease_id", ForeignKey("leases.id"), nullable=False, unique=True),
    PrimaryKeyConstraint("person_id", "server"),
)
"""A row stands exactly while that server's lease is open: never two for one server."""

lease_places = Table(
    "lease_places",
    metadata,
    Column("lease_id", ForeignKey("leases.id"), nullable=False),
    Column("gpu_uuid", String(80), nullable=False),
    Column("slot", Integer, nullable=False),
    PrimaryKeyConstraint("lease_id", "gpu_uuid", "slot"),
)
"""Where a lease was placed; stays when it is closed."""

lease_work = Table(
    "lease_work",
    metadata,
    Column("lease_id", ForeignKey("leases.id"), primary_key=True, autoincrement=False),
    Column("sampled_at", Instant, nullable=False),
    Column("busy_at", Instant),
    Column("utilisation", Integer),
    Column("memory_mib", BigInteger),
)
"""The newest sample of what a lease's server does on its GPUs; None is not known."""

duty_holders = Table(
    "duty_holders",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)
"""Who may act as the steward, and until when."""

clocks = Table(
    "clocks",
    metadata,
    Column("node", String(80), primary_key=True),
    Column("boot_id", String(64), nullable=False),
    Column("offset_ms", BigInteger, nullable=False),
)
"""Wall time less boot time when last seen: what differs from it is a step of the wall clock."""

datasets = Table(
    "datasets",
    metadata,
    Column("name", String(64), nullable=False),
    Column("version", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("files", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("added_at", Instant, nullable=False),
    PrimaryKeyConstraint("name", "version"),
)

dataset_readers = Table(
    "dataset_readers",
    metadata,
    Column("dataset", String(64), nullable=False),
    Column("group_name", String(64), nullable=False),
    PrimaryKeyConstraint("dataset", "group_name"),
)
"""Who may read a dataset; the group "everyone" is built in."""

log_in_failures = Table(
    "log_in_failures",
    metadata,
    Column("account", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("first_at", Instant, nullable=False),
    PrimaryKeyConstraint("account", "address"),
)
"""Wrong passwords of one account from one address within the window that began at `first_at`."""

audit = Table(
    "audit",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Append-only: who changed what."""
