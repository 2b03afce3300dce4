"""Where the base image's packages come from."""

from admin.setup.base_image import build_sources


def test_updates_and_security_stand_beside_the_archive_it_was_made_from() -> None:
    made = "deb http://mirror.example/debian bookworm main\n"
    assert build_sources(made).splitlines() == [
        "deb http://mirror.example/debian bookworm main",
        "deb http://mirror.example/debian bookworm-updates main",
        "deb http://mirror.example/debian-security bookworm-security main",
    ]
