"""The users' network: picked once so that it meets no route of this machine, made where missing."""

from ipaddress import IPv4Network

from admin.setup.programs import Runner, answer
from hub.networks import bridge_options, load_taken
from hub.station import Station


def load_taken_networks() -> list[IPv4Network]:
    """Give every network that a new subnet must not meet on this machine."""
    return load_taken(load_docker_subnets())


def is_there(station: Station) -> bool:
    """Say whether a station's network is there, which it is from `up` to `down`."""
    return answer(["docker", "network", "inspect", station.network]) is not None


def load_docker_subnets() -> list[str]:
    """Give the subnets of the engine's networks."""
    listed = (answer(["docker", "network", "ls", "-q"]) or "").split()
    if not listed:
        return []
    form = "{{range .IPAM.Config}}{{.Subnet}} {{end}}"
    return (answer(["docker", "network", "inspect", "--format", form, *listed]) or "").split()


def ensure_network(station: Station, runner: Runner) -> None:
    """Make the users' network, on which containers do not reach each other."""
    form = "{{(index .IPAM.Config 0).Subnet}}"
    found = answer(["docker", "network", "inspect", "--format", form, station.network])
    if found == station.subnet:
        return
    if found is not None:
        remove_network(station, runner)
    options = [f"--opt={key}={value}" for key, value in bridge_options(station.id).items()]
    runner.run(
        [
            *("docker", "network", "create", "--driver", "bridge", *options),
            *("--subnet", station.subnet, "--gateway", station.gateway),
            *("--label", f"allotment.station={station.id}", station.network),
        ],
        f"the users' network {station.subnet} can't be made",
    )


def remove_network(station: Station, runner: Runner) -> None:
    """Remove the users' network; one that is gone is fine."""
    if is_there(station):
        runner.run(
            ["docker", "network", "rm", station.network],
            f"the network {station.network} can't be removed: something still uses it",
        )
