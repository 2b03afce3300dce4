"""What a dataset's version holds, written beside it: every file with size and sha256."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.errors import BadValue

LONGEST_TEXT = 64 * 1024


@dataclass(frozen=True)
class FileRecord:
    """One file of a version; `path` is below its folder, with forward slashes."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """One version of a dataset, file by file."""

    name: str
    version: str
    kind: str
    added_at: datetime
    files: tuple[FileRecord, ...]
    folders: tuple[str, ...]
    licence: str | None = None
    citation: str | None = None

    @property
    def size_bytes(self) -> int:
        return sum(record.size_bytes for record in self.files)

    def dump(self) -> bytes:
        """Give the bytes of the manifest's file; the same manifest gives the same bytes."""
        document = asdict(self) | {"added_at": self.added_at.isoformat(), "format": 1}
        return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def parse_manifest(content: bytes) -> Manifest:
    """Read a manifest's file; raises BadValue when it is none."""
    try:
        document: dict[str, Any] = json.loads(content)
        return Manifest(
            name=document["name"],
            version=document["version"],
            kind=document["kind"],
            added_at=datetime.fromisoformat(document["added_at"]),
            files=tuple(FileRecord(**record) for record in document["files"]),
            folders=tuple(document["folders"]),
            licence=document["licence"],
            citation=document["citation"],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadValue(f"the manifest is damaged: {error}") from None


def read_text(folder: Path, beginnings: tuple[str, ...]) -> str | None:
    """Read the first file of a copied folder whose name begins so, in any case; None without."""
    for path in sorted(folder.iterdir()):
        if path.name.upper().startswith(beginnings) and path.is_file():
            with path.open("rb") as reader:
                return reader.read(LONGEST_TEXT).decode("utf-8", "replace").strip()
    return None
