"""What people were told, as rows: the key lets one thing be said once."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from hub.policy.leases import EndReason, Lease, State
from hub.policy.reasons import Reason
from hub.store.reason_text import from_text, to_text
from hub.store.waiting_schema import notices


@dataclass(frozen=True)
class Notice:
    """One thing said to a person: about `subject`, such as lease:7, and the time it is about."""

    id: int
    person_id: int
    subject: str
    kind: str
    detail: Mapping[str, object]
    at: datetime
    until: datetime | None = None

    @property
    def lease_id(self) -> int:
        """Give the lease it is about; 0, which no lease has, where it is about none."""
        what, _, number = self.subject.partition(":")
        return int(number) if what == "lease" else 0

    @property
    def why(self) -> tuple[Reason, ...]:
        """Give the reasons that were told with it."""
        told = self.detail.get("why", ())
        found = (from_text(text) for text in told) if isinstance(told, list) else ()
        return tuple(reason for reason in found if reason is not None)


@dataclass(frozen=True)
class NewNotice:
    """What is to be said."""

    person_id: int
    subject: str
    kind: str
    until: datetime | None
    detail: Mapping[str, object]


def about_lease(
    lease: Lease, kind: str, until: datetime | None, why: Iterable[Reason] = ()
) -> NewNotice:
    """Make a notice about a lease for its person, with the reasons that are told with it."""
    detail: dict[str, object] = {"lease": lease.id, "server": lease.server}
    if until is not None:
        detail["until"] = until.isoformat()
    reasons = [to_text(reason) for reason in why]
    if reasons:
        detail["why"] = reasons
    return NewNotice(lease.person_id, f"lease:{lease.id}", kind, until, detail)


def tell_end(db: Connection, lease: Lease, reason: EndReason, now: datetime) -> None:
    """Tell somebody that their server was ended, unless they did that, or it never ran."""
    if reason is not EndReason.RELEASE and lease.state is State.ACTIVE:
        add_notice(db, about_lease(lease, f"ended-{reason}", None), now)


def add_notice(db: Connection, new: NewNotice, now: datetime) -> bool:
    """Say something once; False if just that was said before. Inside a write transaction."""
    if was_given(db, new.subject, new.kind, new.until):
        return False
    db.execute(
        insert(notices).values(
            person_id=new.person_id,
            subject=new.subject,
            kind=new.kind,
            detail=json.dumps(dict(new.detail), ensure_ascii=False, sort_keys=True, default=str),
            at=now,
            until=new.until,
        )
    )
    return True


def was_given(db: Connection, subject: str, kind: str, until: datetime | None) -> bool:
    """Say whether just that was said before."""
    about = notices.c.until.is_(None) if until is None else notices.c.until == until
    said = select(notices.c.id).where(notices.c.subject == subject, notices.c.kind == kind, about)
    return db.execute(said).first() is not None


def load_of(db: Connection, person_id: int, since: datetime) -> list[Notice]:
    """Load what a person was told from a moment on, newest first."""
    mine = (notices.c.person_id == person_id) & (notices.c.at >= since)
    return _load(db, mine)


def load_about(db: Connection, subject: str) -> list[Notice]:
    """Load what was ever said about one thing, newest first."""
    return _load(db, notices.c.subject == subject)


def forget_before(db: Connection, moment: datetime) -> int:
    """Remove what was said before a moment; gives how many."""
    return int(db.execute(delete(notices).where(notices.c.at < moment)).rowcount)


def _load(db: Connection, where) -> list[Notice]:  # type: ignore[no-untyped-def]  # SQL expression
    rows = db.execute(
        select(notices).where(where).order_by(notices.c.at.desc(), notices.c.id.desc())
    )
    return [
        Notice(r.id, r.person_id, r.subject, r.kind, json.loads(r.detail), r.at, r.until)
        for r in rows
    ]
