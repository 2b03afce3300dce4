"""The first tables."""

import sqlalchemy as sa
from alembic import op

import hub.store.columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the change."""
    op.create_table(
        "audit",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", hub.store.columns.Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ceilings",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("milli", sa.BigInteger(), nullable=False),
        sa.Column("window", sa.String(length=8), nullable=True),
        sa.PrimaryKeyConstraint("scope", "kind", name=op.f("pk_ceilings")),
    )
    op.create_table(
        "clocks",
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_clocks")),
    )
    op.create_table(
        "dataset_readers",
        sa.Column("dataset", sa.String(length=64), nullable=False),
        sa.Column("group_name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "group_name", name=op.f("pk_dataset_readers")),
    )
    op.create_table(
        "datasets",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("files", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", hub.store.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_datasets")),
    )
    op.create_table(
        "day_sums",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("settled_ms", sa.BigInteger(), nullable=False),
        sa.Column("held_ms", sa.BigInteger(), nullable=False),
        sa.Column("leases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name=op.f("pk_day_sums")),
    )
    with op.batch_alter_table("day_sums", schema=None) as batch_op:
        batch_op.create_index("ix_day_sums_day", ["day"], unique=False)

    op.create_table(
        "duty_holders",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", hub.store.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_duty_holders")),
    )
    op.create_table(
        "gpu_changes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_gpu_changes")),
    )
    op.create_table(
        "gpus",
        sa.Column("uuid", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("memory_mib", sa.BigInteger(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("health", sa.String(length=16), nullable=False),
        sa.Column("isolation", sa.String(length=16), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("sliced", sa.Boolean(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("seen_at", hub.store.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_gpus")),
    )
    op.create_table(
        "groups",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("created_at", hub.store.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_groups")),
    )
    op.create_table(
        "log_in_failures",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("first_at", hub.store.columns.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("account", "address", name=op.f("pk_log_in_failures")),
    )
    op.create_table(
        "reservations",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("since_local", sa.String(length=32), nullable=False),
        sa.Column("until_local", sa.String(length=32), nullable=False),
        sa.Column("rrule", sa.Text(), nullable=True),
        sa.Column("excluded", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("made_at", hub.store.columns.Instant(), nullable=False),
        sa.Column("made_until", hub.store.columns.Instant(), nullable=True),
        sa.Column("removed_at", hub.store.columns.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "occurrences",
        sa.Column(
            "reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("since", hub.store.columns.Instant(), nullable=False),
        sa.Column("until", hub.store.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservations.id"], name=op.f("fk_occurrences_reservation_id")
        ),
        sa.PrimaryKeyConstraint("reservation_id", "since", name=op.f("pk_occurrences")),
    )
    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_occurrences_until"), ["until"], unique=False)

    op.create_table(
        "people",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uid", sa.Integer(), nullable=False),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("primary_group", sa.String(length=64), nullable=True),
        sa.Column("created_at", hub.store.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["primary_group"], ["groups.name"], name=op.f("fk_people_primary_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("name", name=op.f("uq_people_name")),
        sa.UniqueConstraint("uid", name=op.f("uq_people_uid")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "fair_shares",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("gpu_ms", sa.Float(), nullable=False),
        sa.Column("at", hub.store.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_fair_shares_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_fair_shares")),
    )
    op.create_table(
        "leases",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("node", sa.String(length=80), nullable=False),
        sa.Column("share", hub.store.columns.Exact(), nullable=False),
        sa.Column("parts", sa.BigInteger(), nullable=False),
        sa.Column("cpus", hub.store.columns.Exact(), nullable=False),
        sa.Column("memory_mib", sa.BigInteger(), nullable=False),
        sa.Column("duration", hub.store.columns.Span(), nullable=False),
        sa.Column("loan", sa.Boolean(), nullable=False),
        sa.Column("opened_at", hub.store.columns.Instant(), nullable=False),
        sa.Column("active_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("expires_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("closing_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("closed_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("end_reason", sa.String(length=16), nullable=True),
        sa.Column("guaranteed_until", hub.store.columns.Instant(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("offer_until", hub.store.columns.Instant(), nullable=True),
        sa.Column("reservation_id", sa.BigInteger(), nullable=True),
        sa.Column("keep_going", sa.Boolean(), nullable=False),
        sa.Column("visited_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("reclaim_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_leases_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leases")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("leases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_leases_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_leases_state", ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_leases_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "members",
        sa.Column("group_name", sa.String(length=64), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("manager", sa.Boolean(), nullable=False),
        sa.Column("joined_at", hub.store.columns.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_name"], ["groups.name"], name=op.f("fk_members_group_name")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_members_person_id")),
        sa.PrimaryKeyConstraint("group_name", "person_id", name=op.f("pk_members")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_person_id"), ["person_id"], unique=False)

    op.create_table(
        "notices",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", hub.store.columns.Instant(), nullable=False),
        sa.Column("until", hub.store.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notices_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("subject", "kind", "until", name=op.f("uq_notices_subject_kind_until")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notices_person_id"), ["person_id"], unique=False)

    op.create_table(
        "tickets",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("profile", sa.String(length=64), nullable=False),
        sa.Column("gpus", hub.store.columns.Exact(), nullable=False),
        sa.Column("duration", hub.store.columns.Span(), nullable=False),
        sa.Column("preemptible", sa.Boolean(), nullable=False),
        sa.Column("auto_start", sa.Boolean(), nullable=False),
        sa.Column("asked_at", hub.store.columns.Instant(), nullable=False),
        sa.Column("not_before", hub.store.columns.Instant(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lease_id", sa.BigInteger(), nullable=True),
        sa.Column("passes", sa.Integer(), nullable=False),
        sa.Column("ahead_of", sa.BigInteger(), nullable=True),
        sa.Column("behind", sa.BigInteger(), nullable=True),
        sa.Column("hindered", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("earliest", hub.store.columns.Instant(), nullable=True),
        sa.Column("latest", hub.store.columns.Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("judged_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("closed_at", hub.store.columns.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tickets_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_lease_id"), ["lease_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_tickets_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_tickets_state", ["state"], unique=False)

    op.create_table(
        "asks",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("duration", hub.store.columns.Span(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", hub.store.columns.Instant(), nullable=False),
        sa.Column("decided_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_asks_lease_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_asks_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.create_index("ix_asks_state", ["state"], unique=False)

    op.create_table(
        "escrow",
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("held_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_escrow_lease_id")),
        sa.PrimaryKeyConstraint("lease_id", "day", name=op.f("pk_escrow")),
    )
    op.create_table(
        "lease_places",
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gpu_uuid", sa.String(length=80), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_places_lease_id")),
        sa.PrimaryKeyConstraint("lease_id", "gpu_uuid", "slot", name=op.f("pk_lease_places")),
    )
    op.create_table(
        "lease_servers",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["lease_id"], ["leases.id"], name=op.f("fk_lease_servers_lease_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_lease_servers_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "server", name=op.f("pk_lease_servers")),
        sa.UniqueConstraint("lease_id", name=op.f("uq_lease_servers_lease_id")),
    )
    op.create_table(
        "lease_slots",
        sa.Column("gpu_uuid", sa.String(length=80), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_slots_lease_id")),
        sa.PrimaryKeyConstraint("gpu_uuid", "slot", name=op.f("pk_lease_slots")),
    )
    with op.batch_alter_table("lease_slots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lease_slots_lease_id"), ["lease_id"], unique=False)

    op.create_table(
        "lease_work",
        sa.Column(
            "lease_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sampled_at", hub.store.columns.Instant(), nullable=False),
        sa.Column("busy_at", hub.store.columns.Instant(), nullable=True),
        sa.Column("utilisation", sa.Integer(), nullable=True),
        sa.Column("memory_mib", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_lease_work_lease_id")),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_lease_work")),
    )
    op.create_table(
        "ledger",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", hub.store.columns.Instant(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("lease_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("gpu_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_ledger_lease_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_ledger_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "lease_id", "kind", "day", "seq", name=op.f("uq_ledger_lease_id_kind_day_seq")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_lease_id"), ["lease_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ledger_person_id"), ["person_id"], unique=False)

    op.create_table(
        "meters",
        sa.Column(
            "lease_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("boot_ms", sa.BigInteger(), nullable=False),
        sa.Column("at", hub.store.columns.Instant(), nullable=False),
        sa.Column("run_ms", sa.BigInteger(), nullable=False),
        sa.Column("charged_ms", sa.BigInteger(), nullable=False),
        sa.Column("overrun_ms", sa.BigInteger(), nullable=False),
        sa.Column("busy_ms", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["lease_id"], ["leases.id"], name=op.f("fk_meters_lease_id")),
        sa.PrimaryKeyConstraint("lease_id", name=op.f("pk_meters")),
    )
    op.create_table(
        "ticket_servers",
        sa.Column(
            "person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("server", sa.String(length=64), nullable=False),
        sa.Column(
            "ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_ticket_servers_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_servers_ticket_id")
        ),
        sa.PrimaryKeyConstraint("person_id", "server", name=op.f("pk_ticket_servers")),
        sa.UniqueConstraint("ticket_id", name=op.f("uq_ticket_servers_ticket_id")),
    )
