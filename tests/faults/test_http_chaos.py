"""Whatever goes wrong on the wire, in whatever order: the next clean run has everything, once, at a bounded cost."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest
from support.vendors import Vendors, dump, vendors

from groundfact.testing import FakeVendor, FictionalWorld

SEEDS = int(os.environ.get("GROUNDFACT_CHAOS_SEEDS", "60"))
CHUNK = 6
KINDS = ("429", "500", "502", "503", "504", "401", "quota", "html", "truncated", "reset", "garbage", "slow")
PLACES = ("", "/query", "/search", "/contacts", "/companies", "/objects/deals", "/associations", "/owners")
_AHEAD, _ONCE = 3, 8
"""Calls of a page with all that belongs to it, and those that each run makes once."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    """Both vendors, in small pages."""
    world = FictionalWorld(seed=11, companies=14)
    with vendors(tmp_path_factory.mktemp("chaos"), world, rows=12) as running:
        yield running


def calls(running: Vendors) -> int:
    """How many calls the vendors have answered so far."""
    return len(running.crm.calls) + len(running.hub.calls)


def hits(running: Vendors) -> int:
    """How many of them were hit by a fault."""
    return sum(1 for vendor in (running.crm, running.hub) for call in vendor.calls if call.fault)


@pytest.fixture(scope="module")
def faultless(running: Vendors) -> tuple[bytes, int, int]:
    """The dump of two runs without faults, and the calls that a first and a second run take."""
    with running.open("faultless") as memory:
        assert memory.sync().ok
        first = calls(running)
        assert memory.sync().ok
        return dump(memory), first, calls(running) - first


def scheduled(vendor: FakeVendor, rng: random.Random) -> None:
    """Between none and six faults at random places; some for so long that no retry gets past them."""
    for _ in range(rng.randrange(7)):
        kind = rng.choice(KINDS)
        vendor.faults.add(
            kind,
            rng.choice(PLACES),
            times=rng.choice((1, 1, 1, 2, 3, 8)),
            after_calls=rng.randrange(9),
            retry_after=rng.choice((None, 0, 2, 30, 4_000)) if kind in ("429", "503") else None,
            wrong_length=rng.random() < 0.5,
            status=rng.choice((None, 502)) if kind == "html" else None,
            seconds=0.001,
        )


@pytest.mark.parametrize("chunk", range(-(-SEEDS // CHUNK)))
def test_random_faults_then_a_clean_run_equal_a_run_without_faults(
    running: Vendors, faultless: tuple[bytes, int, int], chunk: int
) -> None:
    """After random faults at both vendors one clean run gives the faultless dump, within its budget of calls."""
    wanted, first, second = faultless
    for seed in range(chunk * CHUNK, min(SEEDS, (chunk + 1) * CHUNK)):
        rng = random.Random(f"chaos/{seed}")
        clock = running.clock(seed=seed)
        with running.open(f"chaos-{seed}", clock) as memory:
            before, hit = calls(running), hits(running)
            scheduled(running.crm, rng)
            scheduled(running.hub, rng)
            try:
                tried = memory.sync()
            finally:
                running.crm.faults.clear()
                running.hub.faults.clear()
            for source in tried.sources:
                assert (source.status == "done") == (source.error is None), f"seed {seed}: {source}"
            failed = sum(1 for source in tried.sources if source.status == "failed")
            assert memory.sync().ok, f"seed {seed}"
            assert dump(memory) == wanted, f"seed {seed}"
            cost, hit = calls(running) - before, hits(running) - hit
            # A fault costs its own call; a source that gave up costs the page in the air and what each run asks once.
            budget = first + second + hit + failed * (_AHEAD + _ONCE)
            assert cost <= budget, f"seed {seed}: {cost} calls, {budget} allowed, {hit} faults"
            assert sum(source.calls for source in tried.sources) <= cost
        assert sum(clock.slept) < 3_600, f"seed {seed}: waited {sum(clock.slept)} s"
