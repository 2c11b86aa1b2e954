"""Advice on real sources that contradict each other: 38 web sites about 100 flights."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from support.source_code import ROOT
from tests.advice.conftest import audited

from groundfact.memory import Memory

FLIGHTS = ROOT.parent / "shared" / "data" / "benchmarks" / "truth_flights.jsonl.gz"
HEAD = """
workspace: flights
identity: {flight: [{type: shared_key, attribute: code}]}
principals: {me: {kind: person}}
context: {default_principal: me}
kinds:
  flight:
    title: code
    resolved: true
    attributes:
      code: {type: string, lookup: true}
"""
Truth = Mapping[tuple[str, str], Any]


def _rows() -> tuple[dict[tuple[str, str], str], dict[str, dict[str, dict[str, str]]]]:
    truth: dict[tuple[str, str], str] = {}
    said: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    with gzip.open(FLIGHTS, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            code = row["entity"].replace(" ", "-")
            if row["kind"] == "truth":
                truth[code, row["field"]] = row["value"]
            else:
                said[row["source"]][code][row["field"]] = row["value"]
    return truth, said


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Memory, Truth]]:
    """A memory that reads each site as a file of its own."""
    if not FLIGHTS.is_file():
        pytest.skip("the claims about flights are not there")
    folder = tmp_path_factory.mktemp("flights")
    truth, said = _rows()
    fields = sorted({field for _, field in truth})
    columns = {field: f"f{at}" for at, field in enumerate(fields)}
    kinds = "".join(f"      {name}: {{type: time, survivorship: [most_common]}}\n" for name in columns.values())
    sources = "sources:\n"
    for number, site in enumerate(sorted(said)):
        with (folder / f"s{number}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["code", *columns.values()])
            for code, values in sorted(said[site].items()):
                writer.writerow([code, *(values.get(field, "") for field in fields)])
        names = ", ".join(f"{name}: {name}" for name in ("code", *columns.values()))
        sources += f"  s{number}:\n    type: files\n    access: [workspace]\n    files:\n      flights:"
        sources += f" {{path: s{number}.csv, kind: flight, id: code, attributes: {{{names}}}}}\n"
    (folder / "groundfact.yaml").write_text(HEAD + kinds + sources)
    with Memory.open(folder / "groundfact.yaml") as memory:
        assert memory.sync().ok
        yield memory, {(code, columns[field]): value for (code, field), value in truth.items()}


def test_the_gain_on_what_was_held_out_is_the_gain_on_the_rest(flights: tuple[Memory, Truth], tmp_path: Path) -> None:
    """With 6 in 10 facts audited, the suggested file is valid and as much better on the others as was said."""
    memory, truth = flights
    keys = sorted(truth)
    seen = set(random.Random(1).sample(keys, round(0.6 * len(keys))))
    advice = memory.advise([audited(code, name, truth[code, name], "flight") for code, name in sorted(seen)])
    suggested = [rule for rule in advice["rules"] if rule["suggested"]]
    assert suggested
    told = sum(rule["gain"] * rule["known"] for rule in advice["rules"] if rule["suggested"]) / len(seen)
    other = memory.config.path.with_name("suggested.yaml")
    other.write_text(advice["yaml"])
    rest = [key for key in keys if key not in seen]
    before, after = _right(memory, truth, rest), _right(Memory.open(other), truth, rest)
    assert after > before
    assert after - before == pytest.approx(told, abs=0.05)


def _right(memory: Memory, truth: Truth, keys: list[tuple[str, str]]) -> float:
    from groundfact.vocabulary import compare_key, convert

    with memory.reader("me") as reader:
        facts = {view.facts["code"].value: view.facts for view in reader.each("flight")}
    found = []
    for code, name in keys:
        fact = facts[code].get(name)
        right = compare_key("time", convert("time", truth[code, name]))
        found.append(fact is not None and fact.status == "known" and compare_key("time", fact.value) == right)
    return mean(found)


def test_sites_that_share_mistakes_are_suspected(flights: tuple[Memory, Truth]) -> None:
    """Some of the sites copy each other (Li et al. 2012): they are found, with the mistakes they share."""
    memory, truth = flights
    audit = [audited(code, name, value, "flight") for (code, name), value in sorted(truth.items())]
    found = [one for one in memory.advise(audit)["mirrors"] if one["sure"] == "likely"]
    assert found
    assert all(one["mistakes_shared"] >= 0.8 * one["mistakes"] >= 4 for one in found)
    # Nothing tells when a site changed anything, so nobody can tell who was first: no line is suggested.
    assert all(one["direction"] == "unknown" and not one["diff"] for one in found)
