"""Who changed what: rows that are only ever added."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from hub.store.schema import audit


def write(
    db: Connection, actor: str, action: str, detail: Mapping[str, object], now: datetime
) -> None:
    """Add one row, in the transaction of the change it tells of."""
    text = json.dumps(dict(detail), ensure_ascii=False, sort_keys=True, default=str)
    db.execute(insert(audit).values(at=now, actor=actor, action=action, detail=text))


def happened(db: Connection, action: str) -> bool:
    """Say whether anybody ever did this."""
    return (
        db.execute(select(audit.c.id).where(audit.c.action == action).limit(1)).first() is not None
    )
