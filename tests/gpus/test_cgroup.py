"""Which container a process is in, from what the kernel says of its cgroup."""

from pathlib import Path

import pytest

from spawner.agent.cgroup import load_container_id, parse_container_id

ID = "4f2c" * 16
OTHER = "0a9b" * 16


@pytest.mark.parametrize(
    ("case", "text", "expected"),
    [
        ("v1, cgroupfs", f"12:devices:/docker/{ID}\n11:memory:/docker/{ID}\n", ID),
        ("v1, some controllers not used", f"9:name=systemd:/\n4:memory:/docker/{ID}\n0::/\n", ID),
        ("v1, systemd", f"5:devices:/system.slice/docker-{ID}.scope\n", ID),
        ("v1, own parent", f"5:devices:/allotment/1234abcd/{ID}\n", ID),
        ("v2, cgroupfs", f"0::/docker/{ID}\n", ID),
        ("v2, systemd", f"0::/system.slice/docker-{ID}.scope\n", ID),
        ("v2, own slice", f"0::/allotment.slice/docker-{ID}.scope\n", ID),
        ("v2, rootless", f"0::/user.slice/user-1000.slice/app.slice/docker-{ID}.scope\n", ID),
        ("seen from a namespace, cgroupfs", f"0::/../{ID}\n", ID),
        ("seen from a namespace, systemd", f"0::/../docker-{ID}.scope\n", ID),
        ("a cgroup below the container's", f"0::/docker/{ID}/init.scope\n", ID),
        ("a container in a container", f"0::/docker/{ID}/docker/{OTHER}\n", ID),
        ("a name with a colon before it", f"1:name=a:/docker/{ID}:x/{OTHER}\n", OTHER),
        ("a process of the machine", "0::/user.slice/user-1000.slice/session-2.scope\n", None),
        ("a service of the machine", "0::/system.slice/docker.service\n", None),
        ("the root", "0::/\n", None),
        ("no text", "", None),
        ("a short id", "0::/docker/4f2c4f2c4f2c\n", None),
        ("capital letters", f"0::/docker/{ID.upper()}\n", None),
        ("another engine's scope", f"0::/machine.slice/libpod-{ID}.scope\n", None),
        ("more than an id", f"0::/docker/{ID}0\n", None),
    ],
)
def test_the_container_is_read_from_the_cgroup(case: str, text: str, expected: str | None) -> None:
    assert parse_container_id(text) == expected, case


def test_a_process_that_has_ended_is_in_no_container(tmp_path: Path) -> None:
    assert load_container_id(4711, tmp_path) is None
