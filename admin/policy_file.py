"""A policy in a file: quotas by scope, named as the options are, and the rules that change.

    [quotas.site]
    gpus = 2
    gpu-hours-each = "40/week"

    [quotas."group:field-lab"]
    guarantee = 4
    priority = "none"

    [rules]
    minimum_run_s = 3600

What it does not name stays as it is; `none` takes a value away. Rules are named as the keys of
`[leases]` in allotment.toml.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError

from admin.parsing import parse_scope
from admin.quota_values import OPTIONS, parse_quota
from hub.errors import BadValue
from hub.policy.ceilings import Quota
from hub.quotas import misplaced
from hub.settings import LeasesSection
from hub.toml_lines import line_of

LARGEST = 1_000_000
KINDS = {option.removeprefix("--"): kind for kind, option in OPTIONS.items()}


class PolicyFileError(BadValue):
    """The policy can't be read; the message carries its lines and keys."""


@dataclass(frozen=True)
class PolicyFile:
    """What a file changes: quotas by scope and kind, None to take one away, and the rules."""

    quotas: Mapping[tuple[str, str], Quota | None]
    leases: LeasesSection


def load_policy_file(path: Path, leases: LeasesSection) -> PolicyFile:
    """Read a policy; rules it leaves out stay as they are. Raises PolicyFileError."""
    try:
        if path.stat().st_size > LARGEST:
            raise PolicyFileError(f"{path.name}: larger than {LARGEST} bytes")
        return parse_policy(path.read_text(encoding="utf-8"), leases, path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyFileError(f"{path.name}: can't be read: {error}") from None


def parse_policy(text: str, leases: LeasesSection, name: str = "policy") -> PolicyFile:
    """Read the text of a policy; every fault is told with its line. Raises PolicyFileError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyFileError(f"{name}: {error}") from None
    reader = _Reader(text, name)
    for key in sorted(tables.keys() - {"quotas", "rules"}):
        below = list(tables[key])[:1] if isinstance(tables[key], dict) else []
        reader.fault([key, *below], "unknown; a policy has [quotas.SCOPE] and [rules]")
    quotas = reader.quotas(reader.table(tables, "quotas"))
    rules = reader.rules(reader.table(tables, "rules"), leases)
    if reader.faults:
        raise PolicyFileError("; ".join(reader.faults))
    if not tables:
        raise PolicyFileError(f"{name}: there is nothing in it")
    return PolicyFile(quotas, rules)


class _Reader:
    """Collects what is wrong with one file."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.faults: list[str] = []

    def fault(self, keys: list[str], message: str) -> None:
        line = line_of(self.text, keys)
        where = f"{self.name} line {line}" if line else self.name
        self.faults.append(f"{where}: {'.'.join(keys)}: {message}")

    def table(self, tables: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        found = tables.get(key, {})
        if not isinstance(found, dict):
            self.fault([key], f"should be a table, [{key}]")
            return {}
        return found

    def quotas(self, scopes: Mapping[str, Any]) -> dict[tuple[str, str], Quota | None]:
        found: dict[tuple[str, str], Quota | None] = {}
        for scope, values in scopes.items():
            if not isinstance(values, dict):
                self.fault(["quotas", scope], "should be a table of quotas")
                continue
            for key, value in values.items():
                self._quota(scope, key, value, found)
        return found

    def _quota(
        self, scope: str, key: str, value: object, found: dict[tuple[str, str], Quota | None]
    ) -> None:
        keys = ["quotas", scope, key]
        kind = KINDS.get(key.replace("_", "-"))
        if kind is None:
            self.fault(keys, f"unknown; quotas are {', '.join(KINDS)}")
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            self.fault(keys, "should be a number or a text")
        else:
            try:
                parse_scope(scope)
                found[scope, kind] = parse_quota(kind, str(value))
            except typer.BadParameter as error:
                self.fault(keys, error.message)
                return
            sentence = misplaced(scope, kind)
            if sentence is not None:
                self.fault(keys, sentence)

    def rules(self, values: Mapping[str, Any], leases: LeasesSection) -> LeasesSection:
        try:
            return LeasesSection.model_validate({**leases.model_dump(), **values})
        except ValidationError as error:
            for item in error.errors():
                unknown = item["type"] == "extra_forbidden"
                known = ", ".join(LeasesSection.model_fields)
                message = f"unknown; rules are {known}" if unknown else str(item["msg"])
                self.fault(["rules", *(str(part) for part in item["loc"])], message)
            return leases
