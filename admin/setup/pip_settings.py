"""The machine's own pip settings and CA bundle, in the form in which builds can use them."""

import configparser
import io
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from admin.setup.programs import answer
from hub.settings import load_variables

HONOURED = (
    "index-url",
    "extra-index-url",
    "trusted-host",
    "proxy",
    "timeout",
    "default-timeout",
    "retries",
)
CA_VARIABLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE")
CA_FILES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
PROXIES = ("http_proxy", "https_proxy", "no_proxy")


@dataclass(frozen=True)
class PipSettings:
    """What pip is told on this machine."""

    values: Mapping[str, str]

    def for_build(self) -> str:
        """Give a pip.conf for a build, which reaches no folder of this machine."""
        kept = configparser.RawConfigParser()
        kept.add_section("global")
        for key in HONOURED:
            words = self.values.get(key, "").split()
            reachable = [word for word in words if not word.startswith("file:")]
            if reachable:
                kept.set("global", key, "\n".join(reachable))
        text = io.StringIO()
        kept.write(text)
        return text.getvalue()

    def wheel_folders(self) -> list[Path]:
        """Give the folders of this machine that pip is told to find wheels in."""
        links = (_folder_of(link) for link in self.values.get("find-links", "").split())
        return [folder for folder in links if folder is not None and folder.is_dir()]


def _folder_of(link: str) -> Path | None:
    if link.startswith("file:"):
        return Path(unquote(urlsplit(link).path))
    return None if "://" in link else Path(link)


def load_pip_settings() -> PipSettings:
    """Ask pip itself, so that files, their order and the environment count as it counts them."""
    listed = answer([sys.executable, "-m", "pip", "config", "list"]) or ""
    return PipSettings(parse_listed(listed))


def parse_listed(listed: str) -> dict[str, str]:
    """Turn the lines of `pip config list` into keys and values; the environment comes last."""
    sections: dict[str, dict[str, str]] = {}
    for line in listed.splitlines():
        name, found, value = line.partition("=")
        section, dot, key = name.rpartition(".")
        if found and dot:
            words = value.strip("'\"").replace("\\n", " ").split()
            sections.setdefault(section, {})[key.lstrip("-").replace("_", "-")] = " ".join(words)
    ordered = ("global", "site", "user", "install", ":env:")
    return {key: text for name in ordered for key, text in sections.get(name, {}).items()}


def load_ca_bundle(settings: PipSettings) -> Path | None:
    """Find the machine's bundle of certificates: pip's own, the environment's, the system's."""
    variables = load_variables()
    named = [settings.values.get("cert", ""), *(variables.get(name, "") for name in CA_VARIABLES)]
    for path in map(Path, [*filter(None, named), *CA_FILES]):
        if path.is_file():
            return path
    return None


def load_proxies() -> dict[str, str]:
    """Give the proxies of the environment as build arguments."""
    variables = load_variables()
    found = {name: variables.get(name) or variables.get(name.upper()) for name in PROXIES}
    return {name: value for name, value in found.items() if value}


def ensure_wheels(settings: PipSettings, pattern: str, folder: Path) -> None:
    """Hard-link (else copy) this machine's wheels of one package into a build context."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in settings.wheel_folders():
        for wheel in sorted(source.glob(pattern)):
            target = folder / wheel.name
            if target.exists() and target.stat().st_size == wheel.stat().st_size:
                continue
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(wheel)
            except OSError:  # another file system
                shutil.copyfile(wheel, target)
