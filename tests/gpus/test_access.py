"""How a GPU reaches a container: which way a node takes, and every reason beside it."""

from dataclasses import replace

import pytest

from hub.gpus.access import (
    Access,
    Mode,
    NodeFacts,
    choose,
    parse_card_uuid,
    parse_cdi_devices,
    prove,
)

NEW = NodeFacts(
    gpus=("GPU-1", "GPU-2"),
    engine_version="28.2.2",
    cdi_folders=("/etc/cdi", "/var/run/cdi"),
    cdi_devices=("nvidia.com/gpu=GPU-1", "nvidia.com/gpu=GPU-2", "nvidia.com/gpu=all"),
    hook=True,
    envvar=False,
    toolkit_version="1.18.0",
)
OLD = NodeFacts(
    gpus=("GPU-1",), engine_version="20.10.24+dfsg1", hook=True, toolkit_version="1.17.8"
)


def failed(access: Access) -> set[str]:
    return {finding.code for finding in access.findings if not finding.ok}


@pytest.mark.parametrize(
    ("facts", "mode", "against"),
    [
        (NEW, "cdi", set()),
        (replace(NEW, gpus=()), "none", set()),
        (replace(NEW, envvar=True), "cdi", {"cdi-envvar"}),
        (replace(NEW, envvar=None), "cdi", {"cdi-envvar"}),
        (replace(NEW, toolkit_version=None), "cdi", {"gpu-toolkit"}),
        (replace(NEW, default_runtime="nvidia"), "cdi", set()),
        (OLD, "hook", {"cdi-engine", "cdi-enabled", "cdi-devices"}),
        (replace(NEW, cdi_folders=(), envvar=True), "hook", {"cdi-enabled"}),
        (replace(NEW, cdi_devices=("nvidia.com/gpu=0",), envvar=None), "hook", {"cdi-devices"}),
        (replace(NEW, cdi_devices=NEW.cdi_devices[:1], envvar=True), "hook", {"cdi-devices"}),
        (replace(NEW, engine_version="24.0.7", envvar=True), "hook", {"cdi-engine"}),
        (replace(NEW, engine_version="", envvar=True), "hook", {"cdi-engine"}),
        (replace(NEW, cdi_folders=()), "none", {"cdi-enabled", "hook-envvar"}),
        (replace(NEW, toolkit_version="1.17.7"), "none", {"gpu-toolkit", "hook-envvar"}),
    ],
)
def test_a_node_takes_the_way_that_its_facts_allow(
    facts: NodeFacts, mode: Mode, against: set[str]
) -> None:
    access = choose(facts)
    assert access.mode == mode
    assert failed(access) == against


def test_with_no_way_every_obstacle_is_named_not_the_first() -> None:
    facts = replace(OLD, hook=False, default_runtime="nvidia", envvar=False)
    assert failed(choose(facts)) == {
        "cdi-engine",
        "cdi-enabled",
        "cdi-devices",
        "hook-present",
        "hook-default-runtime",
        "hook-envvar",
    }


def test_a_remedy_stands_beside_each_obstacle_and_nowhere_else() -> None:
    for facts in (NEW, OLD, replace(OLD, hook=False)):
        for finding in choose(facts).findings:
            assert (finding.remedy is None) == finding.ok


def test_what_stands_against_cdi_is_no_error_where_the_hook_works() -> None:
    assert "error" not in {finding.severity for finding in choose(OLD).findings}


def test_a_trial_that_saw_its_gpu_proves_the_way() -> None:
    assert prove(choose(OLD), ["GPU-1"], ["GPU-1"]).mode == "hook"


@pytest.mark.parametrize("seen", [[], ["GPU-2"], ["GPU-1", "GPU-2"]])
def test_a_trial_that_saw_anything_else_disproves_it(seen: list[str]) -> None:
    access = prove(choose(NEW), ["GPU-1"], seen)
    assert access.mode == "none"
    assert failed(access) == {"gpu-trial"}


def test_a_cards_uuid_is_read_from_the_kernels_text() -> None:
    text = "Model: \t\t NVIDIA L4\nIRQ:   \t\t 45\nGPU UUID: \t GPU-8f3c-11aa\nVideo BIOS: \t 95\n"
    assert parse_card_uuid(text) == "GPU-8f3c-11aa"
    assert parse_card_uuid("GPU UUID: \t GPU-????????-????\n") is None


YAML = """\
cdiVersion: 0.5.0
containerEdits:
  env:
  - NVIDIA_VISIBLE_DEVICES=void
devices:
- containerEdits:
    deviceNodes:
    - path: /dev/nvidia0
  name: "0"
- containerEdits: {}
  name: GPU-8f3c
- name: MIG-aa
kind: nvidia.com/gpu
"""


def test_names_are_read_from_a_specification_in_yaml_and_json() -> None:
    expected = ("nvidia.com/gpu=0", "nvidia.com/gpu=GPU-8f3c", "nvidia.com/gpu=MIG-aa")
    assert parse_cdi_devices(YAML) == expected
    json = '{"kind": "nvidia.com/gpu", "devices": [{"name": "GPU-8f3c"}]}'
    assert parse_cdi_devices(json) == ("nvidia.com/gpu=GPU-8f3c",)


def test_a_specification_of_other_devices_names_no_gpu() -> None:
    assert parse_cdi_devices(YAML.replace("nvidia.com/gpu", "amd.com/gpu")) == ()
