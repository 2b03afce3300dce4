"""An inventory as JSON and back: the one place, and it takes nothing it does not know."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from hub.gpus.errors import BadInventory
from hub.gpus.facts import Inventory

Record = TypeVar("Record")


def build_json(inventory: Inventory) -> str:
    """Give the inventory as one JSON document."""
    return json.dumps({**asdict(inventory), "taken_at": inventory.taken_at.isoformat()})


def parse_inventory(text: str | bytes) -> Inventory:
    """Turn a JSON document into an inventory.

    Raises BadInventory, naming the field, for anything missing, unknown or of another type.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise BadInventory(f"inventory: not JSON ({error})") from None
    return _parse_record(Inventory, document, "inventory")


def _parse_record(record: type[Record], value: Any, where: str) -> Record:
    if not isinstance(value, Mapping):
        raise BadInventory(f"{where}: not an object")
    hints = get_type_hints(record)
    names = [field.name for field in fields(record)]  # type: ignore[arg-type]  # ours are dataclasses
    for name in [*names, *value]:
        if name not in value:
            raise BadInventory(f"{where}.{name}: missing")
        if name not in names:
            raise BadInventory(f"{where}.{name}: unknown")
    found = {name: _parse_value(hints[name], value[name], f"{where}.{name}") for name in names}
    try:
        return record(**found)
    except ValueError as error:
        raise BadInventory(f"{where}: {error}") from None


def _parse_value(hint: Any, value: Any, where: str) -> Any:
    """Check one value against one of the few types that facts are made of."""
    if get_origin(hint) is tuple:
        return _parse_list(get_args(hint)[0], value, where)
    if hint is datetime:
        return _parse_time(value, where)
    if isinstance(hint, type) and hint not in (str, int, bool):
        return _parse_record(hint, value, where)
    if not _is(hint, value):
        raise BadInventory(f"{where}: {json.dumps(value)[:40]} is not allowed here")
    return value


def _parse_list(hint: Any, value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise BadInventory(f"{where}: not a list")
    return tuple(_parse_value(hint, item, f"{where}[{i}]") for i, item in enumerate(value))


def _parse_time(value: Any, where: str) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadInventory(f"{where}: not a time in ISO 8601") from None
    if time.utcoffset() is None:
        raise BadInventory(f"{where}: a time without its offset")
    return time.astimezone(UTC)


def _is(hint: Any, value: Any) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    if get_origin(hint) is UnionType or isinstance(hint, UnionType):
        return any(_is(one, value) for one in get_args(hint))
    return type(value) is hint
