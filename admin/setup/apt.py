"""Debian's and Ubuntu's packages, installed where missing."""

import os
import shutil
from collections.abc import Sequence

from admin.setup.failure import SetupFailed
from admin.setup.programs import Runner, answer

APT = ("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=180")
QUIET = {"DEBIAN_FRONTEND": "noninteractive"}


def is_installed(package: str) -> bool:
    """Say whether dpkg knows a package as installed."""
    return answer(["dpkg-query", "-W", "-f=${db:Status-Status}", package]) == "installed"


def ensure_packages(packages: Sequence[str], runner: Runner, wanted: Sequence[str] = ()) -> None:
    """Install what is missing; of `wanted` only what this distribution has.

    Raises SetupFailed where apt is not there, where we are not root, or where apt fails.
    """
    missing = [package for package in packages if not is_installed(package)]
    extra = [package for package in wanted if not is_installed(package)]
    if not missing and not extra:
        return
    named = " ".join(missing or extra)
    if shutil.which("apt-get") is None:
        raise SetupFailed(f"this needs {named}; install it by hand (there is no apt-get here)")
    if os.geteuid() != 0:
        raise SetupFailed(f"this needs {named}: sudo apt-get install {named}")
    if not all(is_known(package) for package in missing):
        runner.run([*APT, "update"], "the list of packages can't be fetched", variables=QUIET)
    chosen = [*missing, *(package for package in extra if is_known(package))]
    if not chosen:
        return
    install = [*APT, "install", "--no-install-recommends", *chosen]
    try:
        runner.run(install, f"{named} can't be installed", variables=QUIET)
    except SetupFailed:  # the list may be older than what the archive still has
        runner.run([*APT, "update"], "the list of packages can't be fetched", variables=QUIET)
        runner.run(install, f"{named} can't be installed", variables=QUIET)


def is_known(package: str) -> bool:
    """Say whether apt could install a package."""
    policy = answer(["apt-cache", "policy", package]) or ""
    return "Candidate:" in policy and "Candidate: (none)" not in policy
