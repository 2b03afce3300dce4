"""The station's certificate: of its own CA, or one that the administrator names."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from admin.setup.failure import SetupFailed
from admin.setup.folders import ensure_folder, replace_file
from hub.settings import ProxySection

CA_LASTS = timedelta(days=3650)
CERTIFICATE_LASTS = timedelta(days=397)
"""What browsers still accept."""
RENEW_BEFORE = timedelta(days=30)
BACKDATED = timedelta(days=1)
"""So that a laptop whose clock is behind does not refuse a new certificate."""


@dataclass(frozen=True)
class TlsFiles:
    """Where the files lie; the CA's key is in no unit's reach."""

    ca: Path
    ca_key: Path
    certificate: Path
    key: Path

    @classmethod
    def of(cls, home: Path) -> "TlsFiles":
        """Give the files of a home."""
        tls = home / "tls"
        ca_key = home / "state" / "secrets" / "ca" / "ca.key"
        return cls(tls / "ca.pem", ca_key, tls / "server.pem", tls / "server.key")


def ensure_certificate(
    files: TlsFiles, settings: ProxySection, names: list[str], now: datetime
) -> bool:
    """Make sure that a valid certificate for these names is there; says whether it is a new one."""
    if settings.certificate:
        return _use_own(files, settings, names, now)
    _ensure_ca(files, names[0], now)
    if _is_good(files, names, now):
        return False
    _issue(files, names, now)
    return True


def _ensure_ca(files: TlsFiles, host: str, now: datetime) -> None:
    if files.ca.is_file() and files.ca_key.is_file():
        current = x509.load_pem_x509_certificate(files.ca.read_bytes())
        if current.not_valid_after_utc - RENEW_BEFORE > now:
            return
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"Allotment CA of {host}"[:64])
    builder = (
        _builder(name, name, key.public_key(), now, CA_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(ca=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    ensure_folder(files.ca_key.parent, 0o700)
    replace_file(files.ca_key, _private_pem(key), mode=0o600)
    replace_file(files.ca, _pem(builder.sign(key, hashes.SHA256())))


def _is_good(files: TlsFiles, names: list[str], now: datetime) -> bool:
    """Say whether the certificate is the CA's, covers every name and lasts long enough."""
    if not (files.certificate.is_file() and files.key.is_file()):
        return False
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    found = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    lasting = found.not_valid_after_utc - RENEW_BEFORE > now
    ours = found.issuer == ca.subject and _key_id(found) == _key_id_of_ca(ca)
    return lasting and ours and set(names) <= set(names_of(found))


def _issue(files: TlsFiles, names: list[str], now: datetime) -> None:
    loaded = serialization.load_pem_private_key(files.ca_key.read_bytes(), None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise SetupFailed(f"{files.ca_key} is no key of ours: remove it and {files.ca}")
    ca = x509.load_pem_x509_certificate(files.ca.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(loaded.public_key())
    builder = (
        _builder(_name(names[0][:64]), ca.subject, key.public_key(), now, CERTIFICATE_LASTS)
        .add_extension(x509.SubjectAlternativeName([_alternative(n) for n in names]), False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(authority, critical=False)
    )
    replace_file(files.key, _private_pem(key), mode=0o600)
    chain = _pem(builder.sign(loaded, hashes.SHA256())) + files.ca.read_text()
    replace_file(files.certificate, chain)


def _use_own(files: TlsFiles, settings: ProxySection, names: list[str], now: datetime) -> bool:
    """Copy the administrator's own certificate in, after a look at whether it can serve."""
    try:
        chain, key = Path(settings.certificate).read_text(), Path(settings.key).read_text()
        found = x509.load_pem_x509_certificate(chain.encode())
        loaded = serialization.load_pem_private_key(key.encode(), None)
    except (OSError, ValueError, TypeError) as error:
        raise SetupFailed(f"proxy.certificate or proxy.key can't be used: {error}") from None
    if loaded.public_key() != found.public_key():
        raise SetupFailed("proxy.key is not the key of proxy.certificate")
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        raise SetupFailed(
            f"proxy.certificate is not valid now: {found.not_valid_after_utc} its end"
        )
    if not _covers(found, names[0]):
        raise SetupFailed(f"proxy.certificate is not for {names[0]}: set proxy.host to its name")
    changed = replace_file(files.key, key, mode=0o600)
    return replace_file(files.certificate, chain) or changed


def names_of(certificate: x509.Certificate) -> list[str]:
    """Give the names and addresses that a certificate is for."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    found = extension.value
    addresses = [str(address) for address in found.get_values_for_type(x509.IPAddress)]
    return [*found.get_values_for_type(x509.DNSName), *addresses]


def load_expiry(certificate: Path) -> datetime:
    """Give the end of a certificate's time."""
    return x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc


def _covers(certificate: x509.Certificate, host: str) -> bool:
    names = names_of(certificate)
    return host in names or f"*.{host.partition('.')[2]}" in names


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    lasts: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + lasts)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return extension.value.key_identifier


def _key_id_of_ca(ca: x509.Certificate) -> bytes:
    extension = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return extension.value.key_identifier


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
