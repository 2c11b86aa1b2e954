"""How fast facts are decided: all of them again from the stored versions, and one wide card when it is read.

python benchmarks/deciding.py [RECORDS]
CPU seconds of this process. The records are those of `run.py`: three sources, a fifth of the entities in dispute.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

from bench_connector import Plugin
from run import cpu, opened, serving

from groundfact.memory import Memory
from groundfact.pipeline.deciding.stage import Stage
from groundfact.plugins import Plugins

FIELDS = 200
CARDS = 300
RULES = ("[most_recent]", "[most_common, most_recent]", "[{type: system_of_record, sources: [a, b, c]}]",
         "[{type: trust, sources: {a: {trust: 80, decay: 90d}, b: 60, c: 40}}]")  # fmt: skip


def rebuild(records: int) -> None:
    """Links checked, facts decided and written, texts indexed, all from the stored versions."""
    with tempfile.TemporaryDirectory() as name, serving(records) as url, opened(Path(name), url) as memory:
        assert memory.sync().ok
        facts = memory.fact_count()
        whole, alone = [], []
        for _ in range(3):
            with timed() as deciding:
                start = cpu()
                memory._derive(anew=True)
                whole.append(cpu() - start)
            alone.append(sum(deciding))
        assert memory.fact_count() == facts
        print(f"rebuild: {facts:,} facts of {records:,} records, {facts / min(whole):,.0f} facts per CPU-second")
        print(f"of that, reading, deciding and writing the facts: {facts / min(alone):,.0f} per CPU-second")
        print(f"all of them decided by another rule: {facts / min(_by_other_rules(Path(name))):,.0f} per CPU-second")


def _by_other_rules(folder: Path) -> Iterator[float]:
    """CPU seconds until another rule is applied to everything, to and fro."""
    path = folder / "bench.yaml"
    before = path.read_text()
    after = before.replace(
        "industry: {survivorship: [most_common, most_recent]}", "industry: {survivorship: [most_recent]}"
    )
    assert after != before
    for text in (after, before, after):
        path.write_text(text)
        with Memory.open(path, plugins=Plugins(extra={"bench": Plugin()})) as memory:
            start = cpu()
            memory.settle()
            yield cpu() - start


@contextmanager
def timed() -> Iterator[list[float]]:
    """Note the CPU seconds of the part that decides."""
    took: list[float] = []
    real = Stage._cache_facts

    def cache_facts(*given: Any) -> None:
        start = cpu()
        real(*given)
        took.append(cpu() - start)

    with mock.patch.object(Stage, "_cache_facts", cache_facts):
        yield took


def card() -> None:
    """A card of 200 fields from three sources that differ on a third of them, decided when it is read."""
    rng = random.Random(3)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for source in "abc":
            with (folder / f"{source}.jsonl").open("w") as out:
                for number in range(CARDS):
                    row = {f"f{n}": f"value {n} {rng.choice('xyz') if n % 3 == 0 else ''}" for n in range(FIELDS)}
                    at = f"2026-0{1 + 'abc'.index(source)}-01T00:00:00Z"
                    out.write(json.dumps({"id": str(number), "domain": f"c{number}.example", "at": at, **row}) + "\n")
        (folder / "g.yaml").write_text(_yaml())
        with Memory.open(folder / "g.yaml") as memory:
            assert memory.sync().ok
            took = []
            with memory.reader() as reader:
                ids = [row["id"] for row in memory.list("accounts")]
                for entity in ids:
                    start = time.thread_time()
                    assert len(reader.entities([entity])[entity].facts) >= FIELDS
                    took.append((time.thread_time() - start) * 1000)
    took.sort()
    p50, p95 = took[len(took) // 2], took[-len(took) // 20]
    print(f"card of {FIELDS} fields, three sources: p50 {p50:.2f} ms, p95 {p95:.2f} ms")


def _yaml() -> str:
    names = [f"f{n}" for n in range(FIELDS)]
    rules = ",\n  ".join(
        f"{name}: {{type: string, label: {name}, survivorship: {RULES[n % 4]}}}" for n, name in enumerate(names)
    )
    read = ",\n      ".join(f"{name}: {name}" for name in ("domain", *names))
    sources = "".join(
        f"  {s}:\n    type: files\n    access: [workspace]\n    files:\n"
        f"      rows: {{path: {s}.jsonl, kind: account, id: id, updated_at: at, attributes: {{{read}}}}}\n"
        for s in "abc"
    )
    return (
        f"workspace: cards\nsources:\n{sources}identity: {{account: [{{type: shared_key, attribute: domain}}]}}\n"
        f"attributes: {{account: {{{rules}}}}}\nprincipals: {{me: {{kind: person, clearance: restricted}}}}\n"
        "context: {default_principal: me}\n"
    )


if __name__ == "__main__":
    rebuild(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
    card()
