"""The peer of a start: `docker run` of the very same create spec, written as its options."""

from typing import Any


def docker_run(spec: dict[str, Any], name: str) -> list[str]:
    """Write a create spec of ours as the words of `docker run`."""
    host = spec["HostConfig"]
    words = ["docker", "run", "--detach", "--name", name, "--init", "--read-only"]
    words += ["--user", spec["User"], "--workdir", spec["WorkingDir"]]
    words += ["--network", host["NetworkMode"], "--ipc", host["IpcMode"]]
    words += ["--memory", str(host["Memory"]), "--memory-swap", str(host["MemorySwap"])]
    words += ["--cpus", str(host["NanoCpus"] / 1e9), "--pids-limit", str(host["PidsLimit"])]
    words += ["--shm-size", str(host["ShmSize"]), "--oom-score-adj", str(host["OomScoreAdj"])]
    for capability in host["CapDrop"]:
        words += ["--cap-drop", capability]
    for option in host["SecurityOpt"]:
        words += ["--security-opt", option]
    for target, options in host["Tmpfs"].items():
        words += ["--tmpfs", f"{target}:{options}"]
    for key, value in host["LogConfig"]["Config"].items():
        words += ["--log-opt", f"{key}={value}"]
    for mount in host["Mounts"]:
        words += ["--mount", _mount(mount)]
    for line in spec["Env"]:
        words += ["--env", line]
    return [*words, spec["Image"], *spec["Cmd"]]


def _mount(mount: dict[str, Any]) -> str:
    parts = [f"type={mount['Type']}", f"source={mount['Source']}", f"target={mount['Target']}"]
    parts.append("bind-nonrecursive=true")
    return ",".join([*parts, "readonly"] if mount.get("ReadOnly") else parts)
