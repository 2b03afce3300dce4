from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from admin.setup import tls
from admin.setup.failure import SetupFailed
from admin.setup.tls import TlsFiles, ensure_certificate
from hub.settings import ProxySection

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NAMES = ["10.0.0.5", "localhost", "127.0.0.1", "::1"]
OWN_CA = ProxySection()


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    (tmp_path / "tls").mkdir()
    (tmp_path / "state" / "secrets").mkdir(parents=True)
    return TlsFiles.of(tmp_path)


def server(files: TlsFiles) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.certificate.read_bytes())


def test_the_certificate_is_the_cas_and_names_everything(files: TlsFiles) -> None:
    assert ensure_certificate(files, OWN_CA, NAMES, NOW)
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    server(files).verify_directly_issued_by(ca)
    assert set(tls.names_of(server(files))) == set(NAMES)


def test_keys_are_closed_to_everybody_else(files: TlsFiles) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    assert [path.stat().st_mode & 0o777 for path in (files.key, files.ca_key)] == [0o600, 0o600]


def test_the_cas_key_lies_where_no_unit_looks(files: TlsFiles) -> None:
    assert files.ca.parent not in files.ca_key.parents


def test_a_second_time_changes_nothing(files: TlsFiles) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    before = files.certificate.read_bytes()
    assert not ensure_certificate(files, OWN_CA, NAMES[:2], NOW)
    assert files.certificate.read_bytes() == before


def test_a_new_name_gives_a_new_certificate_of_the_same_ca(files: TlsFiles) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    before = files.ca.read_bytes()
    assert ensure_certificate(files, OWN_CA, [*NAMES, "farm.example"], NOW)
    assert files.ca.read_bytes() == before


def test_a_certificate_is_renewed_before_it_ends(files: TlsFiles) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    assert ensure_certificate(files, OWN_CA, NAMES, NOW + timedelta(days=380))
    assert server(files).not_valid_after_utc > NOW + timedelta(days=700)


def test_a_lost_ca_is_made_anew_with_its_certificate(files: TlsFiles) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    files.ca_key.unlink()
    assert ensure_certificate(files, OWN_CA, NAMES, NOW)
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    server(files).verify_directly_issued_by(ca)


def own(tmp_path: Path, names: list[str], at: datetime) -> ProxySection:
    """A certificate of somebody else's CA, as an administrator would bring one."""
    other = tmp_path / "other"
    (other / "tls").mkdir(parents=True)
    (other / "state" / "secrets").mkdir(parents=True)
    found = TlsFiles.of(other)
    ensure_certificate(found, OWN_CA, names, at)
    return ProxySection(certificate=str(found.certificate), key=str(found.key))


def test_an_own_certificate_is_served_as_it_is(files: TlsFiles, tmp_path: Path) -> None:
    settings = own(tmp_path, ["farm.example"], NOW)
    assert ensure_certificate(files, settings, ["farm.example"], NOW)
    assert files.certificate.read_text() == Path(settings.certificate).read_text()
    assert not ensure_certificate(files, settings, ["farm.example"], NOW)


@pytest.mark.parametrize(
    ("names", "at", "said"),
    [
        (["elsewhere.example"], NOW, "is not for farm.example"),
        (["farm.example"], NOW - timedelta(days=500), "not valid now"),
    ],
)
def test_an_own_certificate_that_cannot_serve_is_refused(
    files: TlsFiles, tmp_path: Path, names: list[str], at: datetime, said: str
) -> None:
    settings = own(tmp_path, names, at)
    with pytest.raises(SetupFailed, match=said):
        ensure_certificate(files, settings, ["farm.example"], NOW)
    assert not files.certificate.exists()


def test_a_key_of_another_certificate_is_refused(files: TlsFiles, tmp_path: Path) -> None:
    ensure_certificate(files, OWN_CA, NAMES, NOW)
    settings = own(tmp_path, ["farm.example"], NOW)
    mixed = ProxySection(certificate=settings.certificate, key=str(files.key))
    with pytest.raises(SetupFailed, match="not the key"):
        ensure_certificate(files, mixed, ["farm.example"], NOW)


def test_a_wildcard_covers_one_level(files: TlsFiles, tmp_path: Path) -> None:
    settings = own(tmp_path, ["*.farm.example"], NOW)
    assert ensure_certificate(files, settings, ["gpu.farm.example"], NOW)
