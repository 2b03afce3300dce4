from pathlib import Path

from admin.setup.pip_settings import PipSettings, ensure_wheels, load_ca_bundle, parse_listed

LISTED = """\
:env:.timeout='60'
global.cert='/etc/ssl/own.pem'
global.extra-index-url='https://mirror.example/simple file:///opt/more'
global.find-links='\\n/opt/wheels\\nhttps://wheels.example'
user.index-url='https://index.example/simple'
global.timeout='15'
install.no-binary='x'
"""


def test_files_and_environment_are_merged_as_pip_merges_them() -> None:
    found = parse_listed(LISTED)
    assert found["timeout"] == "60"
    assert found["index-url"] == "https://index.example/simple"
    assert found["find-links"] == "/opt/wheels https://wheels.example"


def test_a_build_gets_the_indexes_that_it_can_reach() -> None:
    text = PipSettings(parse_listed(LISTED)).for_build()
    assert "index-url = https://index.example/simple" in text
    assert "extra-index-url = https://mirror.example/simple" in text
    assert "file:" not in text
    assert "find-links" not in text


def test_a_machine_without_pip_settings_gives_a_build_an_empty_file() -> None:
    assert PipSettings({}).for_build().strip() == "[global]"


def test_wheels_of_this_machine_reach_the_build_context(tmp_path: Path) -> None:
    source, context = tmp_path / "source", tmp_path / "context"
    source.mkdir()
    (source / "torch-2-cp311.whl").write_text("wheel")
    (source / "other-1.whl").write_text("other")
    ensure_wheels(PipSettings({"find-links": str(source)}), "torch-*.whl", context)
    assert [path.name for path in context.iterdir()] == ["torch-2-cp311.whl"]


def test_a_wheel_that_changed_is_linked_anew(tmp_path: Path) -> None:
    source, context = tmp_path / "source", tmp_path / "context"
    source.mkdir()
    settings = PipSettings({"find-links": f"file://{source}"})
    for text in ("first", "second one"):
        (source / "torch-2.whl").unlink(missing_ok=True)
        (source / "torch-2.whl").write_text(text)
        ensure_wheels(settings, "torch-*.whl", context)
    assert (context / "torch-2.whl").read_text() == "second one"


def test_pips_own_bundle_comes_before_the_systems(tmp_path: Path) -> None:
    own = tmp_path / "own.pem"
    own.write_text("CA")
    assert load_ca_bundle(PipSettings({"cert": str(own)})) == own
