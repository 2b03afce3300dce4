"""`bench route`: the comparison itself takes minutes, so only a full run makes it."""

import pytest

from admin.bench import route
from admin.bench.contestants import find_peer
from admin.bench.visitor import BenchFailed


def test_a_peer_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(BenchFailed, match="there is stock"):
        find_peer("nginx")


def test_every_case_is_a_line() -> None:
    case = {
        "present": 300,
        "at_once": 50,
        "ours_ms": 109.0,
        "peer_ms": 9714.0,
        "ratio": 0.011,
        "ours_failures": 0,
        "peer_failures": 2,
        "longest_block_ms": 1.2,
    }
    document = {"peer": "stock", "rounds": 3, "goal": 0.35, "cases": [case]}
    assert list(route.lines(document)) == [
        "A route until it is served, ours against stock, medians of 3 rounds:",
        " 50 at once, 300 present: 109 ms against 9714 ms, ratio 0.011 (goal 0.35), "
        "failures 0 and 2, event loop held at most 1 ms",
    ]


@pytest.mark.long
@pytest.mark.filterwarnings("default")
def test_routes_are_served_in_a_third_of_the_stock_classs_time() -> None:
    document = route.run(rounds=1)
    assert document["ok"], "\n".join(route.lines(document))
