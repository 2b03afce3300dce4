"""The packet filter of one station as text: pure, compared whole in tests.

Two chains of our own hold every rule; a jump by the bridge's name leads to each. Allowed packets
that only pass through the machine RETURN, so that the machine's own rules still judge them.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import takewhile

from hub.errors import BadValue

FORBIDDEN = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "224.0.0.0/3",
)
"""Private, link-local (cloud metadata with it), shared, loopback, multicast and reserved."""
REPLIES = "-m conntrack --ctstate RELATED,ESTABLISHED"
DNS_PORT = 53
DOCKERS = "DOCKER-USER"
EXAMPLE = "10.1.2.0/24:5432/tcp"


@dataclass(frozen=True)
class Opening:
    """One entry of `network.open`: where notebooks may go beside the public internet."""

    network: IPv4Network
    port: int
    protocol: str


@dataclass(frozen=True)
class Walls:
    """What one station's filter must know.

    `neighbours` are the networks the machine itself stands in, public ones too.
    """

    station_id: str
    bridge: str
    gateway: IPv4Address
    hub_api_port: int
    resolvers: tuple[IPv4Address, ...] = ()
    neighbours: tuple[IPv4Network, ...] = ()
    openings: tuple[Opening, ...] = ()

    @property
    def inward(self) -> str:
        """The chain of packets to the machine itself."""
        return f"ALLOTMENT-{self.station_id}-IN"

    @property
    def across(self) -> str:
        """The chain of packets through the machine."""
        return f"ALLOTMENT-{self.station_id}-FW"


def parse_opening(text: str) -> Opening:
    """Read "10.1.2.0/24:5432/tcp". Raises BadValue with what was expected."""
    where, _, what = text.rpartition(":")
    port, _, protocol = what.partition("/")
    try:
        network, number = IPv4Network(where), int(port)
    except ValueError:
        raise BadValue(f"{text!r}: expected a network, port and protocol: {EXAMPLE}") from None
    if protocol not in ("tcp", "udp") or not 1 <= number <= 65535:
        raise BadValue(f"{text!r}: expected a port from 1 to 65535, then /tcp or /udp")
    return Opening(network, number, protocol)


def build_rules(walls: Walls) -> list[str]:
    """Build both chains for IPv4."""
    return [
        f"-A {walls.inward} {REPLIES} -j ACCEPT",
        _allow(walls.inward, f"{walls.gateway}/32", "tcp", walls.hub_api_port, "ACCEPT"),
        *_build_allowed(walls, walls.inward, "ACCEPT"),
        f"-A {walls.inward} -j DROP",
        f"-A {walls.across} {REPLIES} -j RETURN",
        f"-A {walls.across} -o {walls.bridge} -j DROP",
        *_build_allowed(walls, walls.across, "RETURN"),
        *(f"-A {walls.across} -d {network} -j DROP" for network in _forbidden(walls)),
        f"-A {walls.across} -j RETURN",
    ]


def build_rules_v6(walls: Walls) -> list[str]:
    """Build both chains for IPv6, which the users' network does not have: nothing passes."""
    return [f"-A {walls.inward} -j DROP", f"-A {walls.across} -j DROP"]


def _build_allowed(walls: Walls, chain: str, verdict: str) -> list[str]:
    """Build what may be reached wherever it stands, this machine or another."""
    rules = [
        _allow(chain, f"{resolver}/32", protocol, DNS_PORT, verdict)
        for resolver in walls.resolvers
        for protocol in ("udp", "tcp")
    ]
    return rules + [
        _allow(chain, str(o.network), o.protocol, o.port, verdict) for o in walls.openings
    ]


def _allow(chain: str, network: str, protocol: str, port: int, verdict: str) -> str:
    return f"-A {chain} -d {network} -p {protocol} --dport {port} -j {verdict}"


def _forbidden(walls: Walls) -> list[str]:
    """Give the forbidden networks; a neighbour inside one of them needs no rule of its own."""
    known = [IPv4Network(text) for text in FORBIDDEN]
    more = [n for n in walls.neighbours if not any(n.subnet_of(network) for network in known)]
    return [*FORBIDDEN, *map(str, more)]


def build_jumps(walls: Walls, chains: set[str]) -> dict[str, list[str]]:
    """Build the jumps each of the machine's chains must begin with, by chain.

    DOCKER-USER as well as FORWARD: Docker puts its own chain before ours when it starts.
    """
    from_servers, to_servers = f"-i {walls.bridge}", f"-o {walls.bridge}"
    across = [f"{from_servers} -j {walls.across}", f"{to_servers} -j {walls.across}"]
    jumps = {"INPUT": [f"{from_servers} -j {walls.inward}"], "FORWARD": across}
    return jumps | ({DOCKERS: across} if DOCKERS in chains else {})


def build_restore(walls: Walls, rules: list[str], listing: str) -> str:
    """Build the one transaction that brings the filter from `listing` to what it must be.

    `listing` is what `iptables -S` printed. Our chains are written anew each time; a jump is
    moved only when it is not where it must be.
    """
    lines = ["*filter", f":{walls.inward} - [0:0]", f":{walls.across} - [0:0]", *rules]
    for chain, jumps in build_jumps(walls, find_chains(listing)).items():
        if not are_first(jumps, find_rules(chain, listing)):
            lines += [f"-D {rule}" for rule in _find_ours(walls, listing) if _is_in(chain, rule)]
            lines += [f"-I {chain} 1 {jump}" for jump in reversed(jumps)]
    return "\n".join([*lines, "COMMIT", ""])


def build_removal(walls: Walls, listing: str) -> str:
    """Build the transaction that takes away every trace of this station."""
    lines = [f"-D {rule}" for rule in _find_ours(walls, listing)]
    for chain in sorted({walls.inward, walls.across} & find_chains(listing)):
        lines += [f"-F {chain}", f"-X {chain}"]
    return "\n".join(["*filter", *lines, "COMMIT", ""])


def find_fault(walls: Walls, rules: list[str], listing: str) -> str | None:
    """Say what of the walls does not stand, None when they do."""
    for chain, jumps in build_jumps(walls, find_chains(listing)).items():
        if not are_first(jumps, find_rules(chain, listing)):
            return f"{chain} does not begin with this station's rules"
    for chain in (walls.inward, walls.across):
        wanted = sum(_is_in(chain, rule.removeprefix("-A ")) for rule in rules)
        if len(find_rules(chain, listing)) != wanted:
            return f"{chain} does not hold its {wanted} rules"
    return None


def are_first(jumps: list[str], rules: list[str]) -> bool:
    """Say whether a chain begins with these jumps, each once.

    Other stations' jumps may come before: they are about other bridges. So may Docker's own
    chain, which begins with the same jumps.
    """
    leading = list(takewhile(_is_harmless, rules))
    return all(jump in leading and rules.count(jump) == 1 for jump in jumps)


def _is_harmless(rule: str) -> bool:
    return rule == f"-j {DOCKERS}" or rule.rpartition("-j ")[2].startswith("ALLOTMENT-")


def find_chains(listing: str) -> set[str]:
    """Give the chains of a listing, the built-in ones too."""
    return {line.split()[1] for line in listing.splitlines() if line.startswith(("-N ", "-P "))}


def find_rules(chain: str, listing: str) -> list[str]:
    """Give a chain's rules in their order."""
    head = f"-A {chain} "
    lines = listing.splitlines()
    return [line.removeprefix(head).strip() for line in lines if line.startswith(head)]


def _find_ours(walls: Walls, listing: str) -> list[str]:
    """Give every rule, with its chain, that jumps to one of our chains."""
    ends = (f"-j {walls.inward}", f"-j {walls.across}")
    lines = [line.strip() for line in listing.splitlines() if line.startswith("-A ")]
    return [line.removeprefix("-A ") for line in lines if line.endswith(ends)]


def _is_in(chain: str, rule: str) -> bool:
    return rule.startswith(f"{chain} ")
