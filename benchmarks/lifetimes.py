"""Do lifetimes keep their promise, and are the facts of a dead source flagged? Over the fictional world, by real syncs.

python benchmarks/lifetimes.py [COMPANIES]
Learns on the first half of the evolution and predicts on the second: the chance that a value has changed so many days
after it was confirmed. Prints the Brier score of each rule against the base rate, and a reliability table. Then vendors
fail, whole or stream by stream, and every flag is held against a log of what was really read.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import fmean
from typing import Any, NamedTuple

from groundfact.memory import Memory
from groundfact.model import FactTimes, Learnt
from groundfact.model.times import parse_instant, to_ms
from groundfact.plugins import Plugins
from groundfact.protocols import FreshnessRule
from groundfact.testing import FakeHubSpot, FakeSalesforce, FakeVendor, FictionalWorld
from groundfact.testing.world_clock import FakeClockWorld

COMPANIES = 60
STEP = 3
"""Days between two syncs."""
HALF = 40
"""Syncs to learn from, and to be judged by."""
HORIZONS = (3, 9, 30, 60)
RISK = 0.05
BEHIND = timedelta(days=7)
OUTAGES = 60
"""Syncs with outages."""
DAY = 86_400_000
BINS = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1.0)
KINDS = ("account", "contact", "deal")
Key = tuple[str, str, str, str]
"""Kind, source, record and attribute of a claim."""
YAML = """
workspace: lifetimes
network: {{allow: [127.0.0.1]}}
sources:
  crm: {{type: salesforce, access: [workspace], access_token: env:CRM, base_url: "{crm}", behind_after: 7d}}
  marketing: {{type: hubspot, access: [workspace], access_token: env:HUB, base_url: "{hub}", behind_after: 7d}}
identity:
  account:
    - {{type: cross_reference, attribute: salesforce_id, source: crm, stream: accounts}}
    - {{type: shared_key, attribute: domain}}
  contact: [{{type: shared_key, attribute: email}}]
attributes: {attributes}
principals: {{judge: {{kind: person, labels: ["group:deal-desk"], clearance: restricted}}}}
context: {{default_principal: judge}}
"""


class Said(NamedTuple):
    """A claim at a sync."""

    value: Any
    changed_at: int | None


class Forecast(NamedTuple):
    """How likely a value was said to change, and whether it did."""

    chance: float
    changed: bool


class _Clock(FakeClockWorld):
    def sleep(self, seconds: float) -> None:
        """A pause that a rule of good manners wants: here it would move the fiction's calendar."""
        self.slept.append(seconds)


@dataclass
class Stage:
    """Two vendors over one evolving world, and a memory that reads them."""

    memory: Memory
    fiction: FictionalWorld
    clock: FakeClockWorld
    vendors: Mapping[str, FakeVendor]

    def step(self) -> Any:
        """A few days pass, then everything is synced; the report."""
        self.fiction.advance(days=STEP)
        self.clock.at = self.fiction.now
        return self.memory.sync()


@contextmanager
def staged(companies: int) -> Iterator[Stage]:
    """Start the vendors and open a memory over them. No value is too old by itself: only outages make it stale."""
    fiction = FictionalWorld(companies=companies)
    vocabulary = Memory.open
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        crm, hub = running.enter_context(FakeSalesforce(fiction)), running.enter_context(FakeHubSpot(fiction))
        path = Path(folder) / "groundfact.yaml"
        path.write_text(YAML.format(crm=crm.url, hub=hub.url, attributes=_endless()))
        secrets = {"CRM": crm.session_id, "HUB": hub.access_token}
        clock = _Clock(at=fiction.now, environ=secrets, hosts={"127.0.0.1": ["127.0.0.1"]})
        memory = running.enter_context(vocabulary(path, world=clock))
        yield Stage(memory, fiction, clock, {"crm": crm, "marketing": hub})


def _endless() -> str:
    from groundfact.vocabulary import default_vocabulary

    rule = "{freshness: {type: fixed, fresh_for: 90y}}"
    kinds = []
    for kind in KINDS:
        names = ", ".join(f"{name}: {rule}" for name in default_vocabulary()[kind].attributes)
        kinds.append(f"{kind}: {{{names}}}")
    return f"{{{', '.join(kinds)}}}"


def snapshot(memory: Memory) -> dict[Key, Said]:
    """What every source says now."""
    found = {}
    for claim in memory.list("claims"):
        if claim["kind"] in KINDS:
            changed = None if claim["changed_at"] is None else parse_instant(claim["changed_at"])
            found[claim["kind"], claim["source"], claim["record"], claim["attribute"]] = Said(claim["value"], changed)
    return found


def calibration(stage: Stage) -> None:
    """Learn, predict, and print how well that went."""
    for _ in range(HALF):
        assert stage.step().ok
    learnt = {
        (one["kind"], one["attribute"]): Learnt(one["changes"], int(one["days_watched"] * DAY))
        for one in stage.memory.learn_lifetimes()
    }
    shots: list[tuple[datetime, dict[Key, Said]]] = [(stage.clock.now(), snapshot(stage.memory))]
    for _ in range(HALF):
        assert stage.step().ok
        shots.append((stage.clock.now(), snapshot(stage.memory)))
    offered = Plugins().freshness_rules
    rules = {
        "learned": {"risk": RISK, "at_least": "1h", "at_most": "10y"},
        "heuristic": {},
        "fixed": {"fresh_for": "30d"},
    }
    made = {name: offered[name].build(offered[name].options.model_validate(own)) for name, own in rules.items()}
    found = {name: list(_forecasts(shots, rule, learnt)) for name, rule in made.items()}
    base = fmean(one.changed for one in found["fixed"])
    print(f"lifetimes: {len(found['fixed'])} forecasts over {STEP * HALF} days, {base:.1%} of the values had changed")
    print(f"  base rate  Brier {brier([one._replace(chance=base) for one in found['fixed']]):.4f}")
    for name, forecasts in found.items():
        skill = 1 - brier(forecasts) / (base * (1 - base))
        print(f"  {name:<10} Brier {brier(forecasts):.4f}, better than the base rate by {skill:+.1%}")
        _reliability(forecasts)


def _life(rule: FreshnessRule, now: int, said: Said, learnt: Learnt | None) -> float:
    life = rule.lifetime(FactTimes(said.changed_at, now, now, now, None, learnt))
    assert life.fresh_until is not None
    return max(1.0, life.fresh_until - now)


def _forecasts(
    shots: Sequence[tuple[datetime, Mapping[Key, Said]]],
    rule: FreshnessRule,
    learnt: Mapping[tuple[str, str], Learnt],
) -> Iterator[Forecast]:
    """Every value at every third sync, some days later. A lifetime says: changed by its end with a chance of 5 %."""
    for index in range(0, len(shots), 3):
        at, now = shots[index]
        for key, said in now.items():
            lasts = _life(rule, to_ms(at), said, learnt.get((key[0], key[3])))
            for days in HORIZONS:
                if index + days // STEP < len(shots):
                    later = shots[index + days // STEP][1].get(key)
                    if later is not None:
                        yield Forecast(1 - (1 - RISK) ** (days * DAY / lasts), later.value != said.value)


def brier(forecasts: Sequence[Forecast]) -> float:
    """The mean squared distance between what was said and what came."""
    return fmean((one.chance - one.changed) ** 2 for one in forecasts)


def _reliability(forecasts: Sequence[Forecast]) -> None:
    groups: dict[int, list[Forecast]] = defaultdict(list)
    for one in forecasts:
        groups[max(n for n, low in enumerate(BINS[:-1]) if one.chance >= low)].append(one)
    for number, group in sorted(groups.items()):
        said, came = fmean(one.chance for one in group), fmean(one.changed for one in group)
        span = f"{BINS[number]:.0%} to {BINS[number + 1]:.0%}"
        print(f"    said {span:>11}: on average {said:6.1%}, came {came:6.1%} of {len(group)}")


def flags(stage: Stage) -> None:
    """Let vendors fail for a while, and hold every flag against the log of what was read."""
    random = Random(7)
    read: dict[tuple[str, str], datetime] = {}
    right, wrong, missed, clear = 0, 0, 0, 0
    _log(stage, stage.step(), read)
    for _ in range(OUTAGES):
        for vendor in stage.vendors.values():
            if random.random() < 0.3:
                vendor.faults.clear()
            if random.random() < 0.25:
                vendor.faults.add("503", match=random.choice(("", "ontact", "pportunit", "deals")), times=None)
        _log(stage, stage.step(), read)
        stage.clock.advance(hours=random.randrange(1, 60))
        for fact in stage.memory.list("facts"):
            if fact["kind"] in KINDS and fact["status"] == "known":
                stream = fact["record"].partition("/")[0]
                behind = stage.clock.now() - read[fact["source"], stream] > BEHIND
                flagged = fact["freshness"] == "stale"
                right += behind and flagged
                wrong += flagged and not behind
                missed += behind and not flagged
                clear += not behind and not flagged
    print(f"staleness flags over {OUTAGES} syncs with outages: {right + missed} facts to flag, {clear + wrong} not to")
    print(f"  precision {right / (right + wrong):.4f}, recall {right / (right + missed):.4f}")


def _log(stage: Stage, report: Any, read: dict[tuple[str, str], datetime]) -> None:
    for source in report.sources:
        for stream in source.streams:
            if stream.complete:
                read[source.source, stream.stream] = stage.clock.now()


def main(companies: int = COMPANIES) -> None:
    """Print the numbers."""
    with staged(companies) as stage:
        calibration(stage)
        flags(stage)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
