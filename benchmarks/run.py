"""Measures groundfact on this machine and prints what it measured.

python benchmarks/run.py [--records 100000] [--only sync,context,identity,help]
CPU seconds are user + system of this process; the serving process and imports are not counted.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_connector import Plugin
from organisations import identity_scores
from patstat import name_scores

from groundfact.config.build import load_config
from groundfact.memory import Memory
from groundfact.plugins import Plugins
from groundfact.store.migrate import open_store
from groundfact.world import SystemWorld

HERE = Path(__file__).parent
YAML = """
workspace: bench
store: {{path: bench.db}}
network: {{allow: ["127.0.0.1"]}}
sources:
  s0: {{type: pages, access: [workspace], base_url: "{url}/s0"}}
  s1: {{type: pages, access: [workspace], base_url: "{url}/s1"}}
  s2: {{type: pages, access: [workspace], base_url: "{url}/s2"}}
identity:
  account: [{{type: shared_key, attribute: domain}}]
  contact: [{{type: shared_key, attribute: email}}]
attributes:
  account:
    name: {{survivorship: [{{type: system_of_record, sources: [s0, s1]}}]}}
    industry: {{survivorship: [most_common, most_recent]}}
    employees: {{survivorship: [most_recent]}}
    street: {{survivorship: [{{type: system_of_record, sources: [s1, s0]}}]}}
  contact:
    city: {{}}
    country: {{}}
    street: {{}}
    postal_code: {{}}
    linkedin: {{type: url}}
    owner_email: {{type: email}}
    title: {{survivorship: [most_recent]}}
principals:
  me: {{kind: person, clearance: restricted}}
context: {{default_principal: me}}
"""


@contextmanager
def serving(records: int) -> Iterator[str]:
    """The page server in a process of its own."""
    command = [sys.executable, str(HERE / "pages.py"), str(records)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
        process.wait()


def cpu() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def opened(folder: Path, url: str) -> Memory:
    """A new memory over the page server."""
    (folder / "bench.yaml").write_text(YAML.format(url=url))
    config = load_config(folder / "bench.yaml", Plugins(extra={"bench": Plugin()}))
    return Memory(config, config.plugins, open_store(config.store_path), SystemWorld())


def bare_upsert(url: str) -> float:
    """The floor, in this run and on this machine: the same pages, upserted as they come, nothing decided."""
    import sqlite3

    import httpx2
    import orjson

    folder = tempfile.TemporaryDirectory()
    store = sqlite3.connect(Path(folder.name) / "bare.db", isolation_level=None)
    store.execute("pragma journal_mode=wal")
    store.execute("pragma synchronous=1")
    store.execute("create table record (source text, id text, data text, primary key (source, id)) without rowid")
    client = httpx2.Client()
    start = cpu()
    for path in (f"s{n}/{stream}" for n in range(3) for stream in ("accounts", "contacts")):
        number, seen, total = 0, 0, 1
        while seen < total:
            answer = orjson.loads(client.get(f"{url}/{path}?page={number}").content)
            rows = [(path, row["id"], orjson.dumps(row).decode()) for row in answer["rows"]]
            store.execute("begin immediate")
            store.executemany("insert or replace into record values (?, ?, ?)", rows)
            store.execute("commit")
            seen, total, number = seen + len(rows), answer["total"], number + 1
    used = cpu() - start
    store.close()
    folder.cleanup()
    return used


def measure_sync(memory: Memory, records: int, url: str) -> None:
    """From HTTP to queryable facts, then the same with 1 % changed, then a rebuild."""
    # Before and after, because a shared machine is not as fast all the time.
    before = bare_upsert(url)
    start, wall = cpu(), time.perf_counter()
    report = memory.sync()
    used, took = cpu() - start, time.perf_counter() - wall
    after = bare_upsert(url)
    rows = sum(result.counts["new"] for result in report.sources)
    assert rows == records, (rows, [str(result.error) for result in report.sources])
    print(
        f"sync, HTTP to facts      {used:7.2f} CPU s {took:7.2f} s wall   {rows / used:10,.0f} records per CPU-second"
    )
    times = used / ((before + after) / 2)
    print(f"bare upsert, the floor   {before:7.2f} CPU s before, {after:.2f} after: {times:.1f} times as much")
    for label in ("1 % re-run, first", "1 % re-run, again"):
        start = cpu()
        report = memory.sync()
        changed = sum(result.counts["changed"] for result in report.sources)
        print(f"{label:24} {cpu() - start:7.2f} CPU s   {changed} changed, {len(report.changes)} facts differ")
    start = cpu()
    rebuilt = memory.rebuild()
    assert rebuilt.before == rebuilt.after
    print(f"rebuild with two dumps   {cpu() - start:7.2f} CPU s   {rebuilt.entities:,} entities, identical")
    size = memory.store.path.stat().st_size / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"file {size:.0f} MB, peak memory {peak:.0f} MB")


def measure_context(memory: Memory, records: int) -> None:
    """Warm contexts of random accounts, rendering, audit and everything."""
    import random

    entities = [e for e in range(records // 3) if e % 10 < 3]
    chosen = random.Random(7).sample(entities, min(2000, len(entities)))
    for entity in chosen[:50]:
        memory.context(f"company{entity}.example")
    times = []
    for entity in chosen:
        start = time.perf_counter()
        memory.context(f"company{entity}.example")
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
    print(f"context of 1 in {len(entities):,} accounts, warm: p50 {p50:.2f} ms, p95 {p95:.2f} ms")


def measure_help() -> None:
    """What `groundfact --help` costs as a process."""
    command = [sys.executable, "-m", "groundfact.cli.main", "--help"]
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    print(f"--help: {sorted(times)[2]:.3f} CPU s (median of 5)")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--only", default="sync,context,identity,help")
    arguments = parser.parse_args()
    only = set(arguments.only.split(","))
    if only & {"sync", "context"}:
        with (
            tempfile.TemporaryDirectory() as name,
            serving(arguments.records) as url,
            opened(Path(name), url) as memory,
        ):
            if "sync" in only:
                measure_sync(memory, arguments.records, url)
            else:
                memory.sync()
            if "context" in only:
                measure_context(memory, arguments.records)
    if "identity" in only:
        identity_scores()
        name_scores()
    if "help" in only:
        measure_help()


if __name__ == "__main__":
    main()
