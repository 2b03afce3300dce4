"""How every notebook server of this image starts, with a hub or alone; it needs no network."""

import contextlib
import math
import os
import shutil
from pathlib import Path

HOME = Path.home()
LINKS = {"welcome": Path("/opt/allotment/welcome"), "data": Path("/data")}
FONT_LISTS = Path("/opt/allotment/matplotlib")


def ensure_link(name, target):
    """Show a folder of the image or the platform in the home, unless something is there."""
    link = HOME / name
    if target.is_dir() and not link.is_symlink() and not link.exists():
        with contextlib.suppress(OSError):  # a full or read-only home still gets its server
            link.symlink_to(target)


def ensure_font_list():
    """Spare the first plot the search for fonts."""
    cache = HOME / ".cache" / "matplotlib"
    with contextlib.suppress(OSError):
        for ready in FONT_LISTS.glob("fontlist-*.json"):
            if not (cache / ready.name).exists():
                cache.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ready, cache / ready.name)


def load_cpu_limit():
    """Give the container's CPU limit in cores, None without one; cgroup v2, then v1."""
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError):
        folder = Path("/sys/fs/cgroup/cpu")
        quota = int((folder / "cpu.cfs_quota_us").read_text())
        if quota > 0:
            return quota / int((folder / "cpu.cfs_period_us").read_text())
    return None


def set_environment():
    """Give kernels and terminals their own programs' folder and as many threads as they may use."""
    path = os.environ["PATH"]  # noqa: TID251 - inside the image there is no hub.settings
    os.environ["PATH"] = f"{HOME}/.local/bin:{path}"  # noqa: TID251 - as above
    limit = load_cpu_limit()
    if limit is not None:
        # Else PyTorch starts a thread for each core of the machine, and they wait on each other.
        threads = str(max(1, math.ceil(limit)))
        os.environ.setdefault("OMP_NUM_THREADS", threads)  # noqa: TID251 - as above


for name, target in LINKS.items():
    ensure_link(name, target)
ensure_font_list()
set_environment()

c = get_config()  # noqa: F821 - from Jupyter
c.LabApp.default_url = "/lab"
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
# A trash folder would eat a person's storage without showing it.
c.FileContentsManager.delete_to_trash = False
c.ResourceUseDisplay.track_cpu_percent = True
c.ResourceUseDisplay.enable_prometheus_metrics = False
