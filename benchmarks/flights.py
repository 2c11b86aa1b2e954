"""Whom to believe about 400 facts of 100 flights that 38 web sites contradict each other on, by the real rules.

python benchmarks/flights.py [FILE]
Prints how often the answer is right: by majority, by weights guessed from how sites agree, and by the trust learnt
from an audited fifth of the facts, which are not counted, for five seeds. The data: Li, Dong et al., VLDB 2013.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from groundfact.model import Fact
from groundfact.pipeline.deciding.learning import Judged, guessed_weights, learnt_trust
from groundfact.pipeline.deciding.resolution import Chain, RecordClaims, resolve
from groundfact.plugins import Plugins
from groundfact.vocabulary import Attribute, BadValue, compare_key, convert

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "benchmarks" / "truth_flights.jsonl.gz"
TYPE = "time"
AUDITED = 0.2
SEEDS = range(5)
Key = tuple[str, str]
"""A flight and a field of it."""


class Flights(NamedTuple):
    """The truth, and what each site says, read by the type of the field."""

    truth: Mapping[Key, Any]
    said: Mapping[Key, Mapping[str, Any]]

    @property
    def fields(self) -> Sequence[str]:
        """The fields of a flight."""
        return sorted({field for _, field in self.truth})


def flights(path: Path = DATA) -> Flights:
    """The file; a value that is no time at all is no statement."""
    truth: dict[Key, Any] = {}
    said: dict[Key, dict[str, Any]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            try:
                value = convert(TYPE, row["value"])
            except BadValue:
                continue
            if row["kind"] == "truth":
                truth[row["entity"], row["field"]] = value
            elif value is not None:
                said[row["entity"], row["field"]][row["source"]] = value
    return Flights(truth, said)


def rule(name: str, **options: Any) -> tuple[str, Any]:
    """A rule as the YAML would build it."""
    offered = OFFERED[name]
    return name, offered.build(offered.options.model_validate(options))


OFFERED = Plugins().survivorship_rules


def resolved(data: Flights, chains: Mapping[str, Chain]) -> Mapping[Key, Fact]:
    """Every fact, decided by the chains of its fields."""
    by_flight: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for (flight, field), values in data.said.items():
        for site, value in values.items():
            by_flight[flight][site][field] = value
    attributes = {field: Attribute.model_validate({"type": TYPE}) for field in data.fields}
    facts: dict[Key, Fact] = {}
    for flight, sites in by_flight.items():
        records = [RecordClaims(values, site, "flights", flight, None, None, 0, 0) for site, values in sites.items()]
        found = resolve("flight", attributes, chains, records, 0)
        facts |= {(flight, field): fact for field, fact in found.items()}
    return facts


def right(data: Flights, facts: Mapping[Key, Fact], keys: Collection[Key]) -> float:
    """The share of facts whose value is the true one; a conflict or unknown counts as wrong."""
    return mean(key in facts and same(facts[key].value, data.truth[key]) for key in keys)


def same(one: Any, other: Any) -> bool:
    """Whether two values mean the same by their type."""
    return bool(one is not None and compare_key(TYPE, one) == compare_key(TYPE, other))


def chained(data: Flights, make: Callable[[str], Sequence[tuple[str, Any]]]) -> Mapping[str, Chain]:
    """The chain of every field; where all rules leave a tie, the first in the total order is the answer."""
    return {field: Chain.of(make(field))._replace(prefer=True) for field in data.fields}


def supervised(data: Flights, seed: int) -> float:
    """Right among what was not audited, by the trust learnt from what was."""
    keys = sorted(data.truth)
    audited = set(random.Random(seed).sample(keys, round(AUDITED * len(keys))))
    sample = [
        Judged(field, site, same(value, data.truth[flight, field]))
        for flight, field in sorted(audited)
        for site, value in data.said[flight, field].items()
    ]
    trust = learnt_trust(sample)
    facts = resolved(data, chained(data, lambda field: [rule("trust", sources=trust[field]), rule("most_common")]))
    return right(data, facts, set(keys) - audited)


def unsupervised(data: Flights) -> Mapping[Key, Fact]:
    """The facts by weights guessed from how the sites agree, without any truth."""
    weights = guessed_weights([data.said[key] for key in sorted(data.said)])
    return resolved(data, chained(data, lambda field: [rule("weighted_vote", weights=dict(weights))]))


def shares(facts: Mapping[Key, Fact], data: Flights) -> Mapping[str, Collection[Key]]:
    """The facts by how much of the sites' voices says the same."""
    bands: dict[str, set[Key]] = {"all agree": set(), "over 75 %": set(), "over 50 %": set(), "less": set()}
    for key in data.truth:
        said = list(data.said[key].values())
        share = mean(same(value, facts[key].value) for value in said)
        band = "all agree" if share == 1 else "over 75 %" if share > 0.75 else "over 50 %" if share > 0.5 else "less"
        bands[band].add(key)
    return bands


def main() -> None:
    """Measure and print."""
    data = flights(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
    keys = list(data.truth)
    print(f"{len(keys)} facts, {sum(map(len, data.said.values()))} statements")
    ceiling = mean(any(same(value, data.truth[key]) for value in data.said[key].values()) for key in keys)
    print(f"some site is right             {ceiling:.3f}")
    majority = resolved(data, chained(data, lambda _: [rule("most_common")]))
    print(f"majority                       {right(data, majority, keys):.3f}")
    facts = unsupervised(data)
    print(f"guessed weights, no truth      {right(data, facts, keys):.3f}")
    for band, found in shares(facts, data).items():
        print(f"  {band:12} {len(found):4}  {right(data, facts, found) if found else 0:.3f}")
    each = [supervised(data, seed) for seed in SEEDS]
    print(f"learnt from a fifth, 5 seeds   {mean(each):.4f}  ({', '.join(f'{one:.3f}' for one in each)})")


if __name__ == "__main__":
    main()
