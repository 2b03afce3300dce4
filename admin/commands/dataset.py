"""`./allotment dataset`: shared data, copied in once and never changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from admin import output
from admin.opening import ACTOR, open_for_command
from admin.output import AsJson
from admin.setup.progress import Progress
from hub import clock, dataset_intake, dataset_verify, datasets, shapes
from hub.dataset_copy import Report
from hub.dataset_intake import NewDataset
from hub.dataset_verify import Verdict
from hub.house import House
from hub.manifests import Manifest
from hub.store.datasets import Dataset
from hub.units import MIB

app = typer.Typer(no_args_is_help=True, help="Shared datasets, read-only in every notebook.")

Name = Annotated[str, typer.Argument(metavar="NAME")]
Version = Annotated[str, typer.Argument(metavar="VERSION")]
Groups = Annotated[
    list[str] | None,
    typer.Option(help="A group that may read it, or everyone; repeatable."),
]
COLUMNS = {
    "NAME": "name",
    "VERSION": "version",
    "KIND": "kind",
    "FILES": "files",
    "BYTES": "size_bytes",
    "READERS": "readers",
    "MOUNTED": "mounted",
}


@app.command()
def add(
    name: Name,
    version: Version,
    path: Annotated[Path, typer.Argument(metavar="PATH")],
    kind: Annotated[Literal["raw", "processed"], typer.Option(help="Where it appears.")] = "raw",
    group: Groups = None,
    as_json: AsJson = False,
) -> None:
    """Copy a folder in, read-only; PATH is below incoming/ or a root of storage.dataset_roots.

    A relative PATH is looked for in incoming/ first, then from where you are.

    Readers read every version of NAME; without --group nobody new may. Servers that start from now
    on find the version added last at /data/KIND/NAME.
    """
    with output.refusals(as_json):
        house = open_for_command()
        incoming = house.station.home / "incoming" / path
        found = incoming if not path.is_absolute() and incoming.exists() else path
        new = NewDataset(name, version, found, kind, tuple(group or ()))
        with reporting(f"{name} {version}") as report:
            dataset, manifest = dataset_intake.add(house, new, ACTOR, clock.now(), report)
        newest = datasets.current_versions(datasets.load_all(house))
        item = build_item(house, dataset, mounted=dataset in newest)
    document = item | {"licence": manifest.licence, "citation": manifest.citation}
    output.show(as_json, document, _added_lines(dataset, manifest))


@app.command("list")
def list_datasets(as_json: AsJson = False) -> None:
    """List every version; `mounted` says which one new servers find."""
    with output.refusals(as_json):
        house = open_for_command()
        found = datasets.load_all(house)
        newest = datasets.current_versions(found)
        items = [build_item(house, dataset, mounted=dataset in newest) for dataset in found]
    output.show_items(as_json, items, COLUMNS, "no datasets yet")


@app.command()
def grant(name: Name, group: Groups = None, as_json: AsJson = False) -> None:
    """Let more groups read every version of a dataset, from their next start on."""
    if not group:
        raise typer.BadParameter("name at least one group", param_hint="--group")
    with output.refusals(as_json):
        found = datasets.grant(open_for_command(), name, group, ACTOR, clock.now())
    readers = list(found[0].readers)
    document = {"name": name, "versions": [d.version for d in found], "readers": readers}
    output.show(as_json, document, [f"{name} may be read by {', '.join(readers)}"])


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None,
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]")] = None,
    as_json: AsJson = False,
) -> None:
    """Hash every file again; names what is changed, missing or extra, and ends with status 1."""
    with output.refusals(as_json):
        house = open_for_command()
        chosen = dataset_verify.choose(house, name, version)
        with reporting("verify") as report:
            verdicts = dataset_verify.verify(house, chosen, report)
    document = {"items": [_verdict_item(verdict) for verdict in verdicts]}
    lines = [line for verdict in verdicts for line in _verdict_lines(verdict)]
    output.show(as_json, document, lines or ["no datasets yet"])
    if not all(verdict.ok for verdict in verdicts):
        raise typer.Exit(output.REFUSED)


@app.command()
def remove(name: Name, version: Version, as_json: AsJson = False) -> None:
    """Delete a version; refused while somebody who may read it has a server."""
    with output.refusals(as_json):
        datasets.remove(open_for_command(), name, version, ACTOR, clock.now())
    document = {"name": name, "version": version, "removed": True}
    output.show(as_json, document, [f"{name} {version} is removed"])


@contextmanager
def reporting(title: str) -> Iterator[Report]:
    """Show how far a long reading of files is, on standard error."""
    with Progress().step(title) as step:

        def report(stage: str, done: int, total: int) -> None:
            so_far = f" {done / MIB:,.0f} of {total / MIB:,.0f} MiB" if total else ""
            step.note(f"{stage}{so_far}")

        yield report


def build_item(house: House, dataset: Dataset, *, mounted: bool) -> dict[str, Any]:
    """Give a version as it stands in every JSON answer."""
    return {
        "name": dataset.name,
        "version": dataset.version,
        "kind": dataset.kind,
        "files": dataset.files,
        "size_bytes": dataset.size_bytes,
        "manifest_sha256": dataset.manifest_sha256,
        "added_at": shapes.moment(dataset.added_at, house.zone),
        "readers": list(dataset.readers),
        "mounted": mounted,
    }


def _added_lines(dataset: Dataset, manifest: Manifest) -> list[str]:
    name = dataset.name
    size = f"{dataset.files:,} files, {dataset.size_bytes / MIB:,.1f} MiB"
    lines = [f"{name} {dataset.version} is in: {size}"]
    for what, text in (("licence", manifest.licence), ("citation", manifest.citation)):
        lines.append(f"{what}: {text.splitlines()[0] if text else 'none found in it'}")
    if dataset.readers:
        lines.append(
            f"{', '.join(dataset.readers)}: found at /data/{dataset.kind}/{name} from the next "
            "start of a server on"
        )
    else:
        lines.append(
            f"nobody may read it yet; let a group: ./allotment dataset grant {name} --group GROUP"
        )
    return lines


def _verdict_item(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.dataset.name,
        "version": verdict.dataset.version,
        "ok": verdict.ok,
        "files": verdict.dataset.files,
        "changed": list(verdict.changed),
        "missing": list(verdict.missing),
        "extra": list(verdict.extra),
        "fault": verdict.fault,
    }


def _verdict_lines(verdict: Verdict) -> list[str]:
    name = f"{verdict.dataset.name} {verdict.dataset.version}"
    if verdict.ok:
        return [f"{name}: {verdict.dataset.files:,} files, all as they were"]
    found = [("changed", verdict.changed), ("missing", verdict.missing), ("extra", verdict.extra)]
    lines = [f"{name}: {verdict.fault}"] if verdict.fault else []
    return lines + [f"{name}: {what}: {path}" for what, paths in found for path in paths]
