"""Measures search, contexts with a question, MCP calls and remembering, and prints what it measured.

python benchmarks/texts.py [--passages 2000,350000] [--qmsum PATH]
Wall-clock milliseconds of single calls in one process, warm; invented texts with the word frequencies of natural ones.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from groundfact.memory import Memory

YAML = """
workspace: bench
store: {path: bench.db}
sources:
  crm:
    type: files
    access: [workspace]
    files:
      accounts: {path: accounts.jsonl, kind: account, id: id, attributes: {name: name, domain: domain}}
  chat:
    type: files
    access: [workspace]
    files:
      messages:
        path: messages.jsonl
        kind: message
        id: id
        attributes: {subject: subject, author: author, sent_at: at}
        text: [text]
        about: [{field: domain, attribute: domain}]
identity: {account: [{type: shared_key, attribute: domain}]}
principals: {me: {kind: person, may: [direct, correct]}, bot: {kind: copilot}}
context: {default_principal: me}
server: {anonymous: me}
"""
TEXTS_EACH = 60
WORDS = 40
VOCABULARY = 30_000


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", default="2000,350000")
    parser.add_argument("--qmsum", type=Path, help="a file of passages and questions, to print hit@5 and hit@10")
    asked = parser.parse_args()
    for number in map(int, asked.passages.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            _texts(Path(folder), number)
    if asked.qmsum is not None:
        with tempfile.TemporaryDirectory() as folder:
            _qmsum(Path(folder), asked.qmsum)


def _word(rank: int) -> str:
    return f"w{rank:x}q"


def _words(rng: random.Random, count: int) -> list[str]:
    """Words by Zipf's law: the commonest in most texts."""
    return [_word(int(VOCABULARY ** rng.random())) for _ in range(count)]


def _texts(folder: Path, number: int) -> None:
    rng = random.Random(7)
    accounts = max(number // TEXTS_EACH, 1)
    with (folder / "accounts.jsonl").open("w") as out:
        for n in range(accounts):
            out.write(json.dumps({"id": str(n), "name": f"Company {n}", "domain": f"c{n}.example"}) + "\n")
    with (folder / "messages.jsonl").open("w") as out:
        for n in range(number):
            at = f"2026-{1 + n % 9:02}-{1 + n % 28:02}T08:00:00Z"
            row = {"id": str(n), "subject": f"s{n}", "author": "ann", "at": at, "domain": f"c{n % accounts}.example"}
            out.write(json.dumps({**row, "text": " ".join(_words(rng, WORDS))}) + "\n")
    (folder / "g.yaml").write_text(YAML)
    with Memory.open(folder / "g.yaml") as memory:
        before = time.process_time()
        assert memory.sync().ok
        print(
            f"\n{number} passages, {accounts} accounts: synced and indexed in {time.process_time() - before:.1f} CPU s"
        )
        names = _measure(memory, rng, accounts)
        in_process = _median(lambda n: memory.search("w5q w9q", account=names[n]), 100)
    serve = ["-m", "groundfact.cli.main", "serve", "-c", "g.yaml", "--port", "0", "--no-sync"]
    ours = _over_mcp(folder, serve, names)
    bare = _over_mcp(folder, [str(Path(__file__).parent / "bare_mcp.py")], names)
    for client, here, there in zip(("official client", "plain client"), ours, bare, strict=True):
        what = f"MCP beyond the call in process, {client}"
        beyond, own = (here - in_process) * 1e3, there * 1e3
        print(f"  {what:<48} p50 {beyond:8.2f} ms   {own:.2f} ms of it the SDK's own")


def _median(call: Callable[[int], Any], count: int) -> float:
    call(0)
    return sorted(_taken(call, count))[count // 2]


def _over_mcp(folder: Path, serve: Sequence[str], names: Sequence[str]) -> tuple[float, float]:
    """The median of the same search as a tool call to a server in another process: by the official client, and by one
    that only sends and reads, so that what is left is the server's."""
    command = [sys.executable, *serve]
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        url = server.stderr.readline().split(" on ")[1].split(": ")[0]
        try:
            return asyncio.run(_called(url, names)), _plainly_called(url.partition("//")[2], names)
        finally:
            server.terminate()


async def _called(url: str, names: Sequence[str]) -> float:
    from mcp.client.client import Client
    from mcp.client.streamable_http import streamable_http_client

    taken = []
    async with Client(streamable_http_client(f"{url}/mcp")) as client:
        # Each twice, and the second counts: the call in process is warm by now as well.
        for name in (*names[:100], *names[:100]):
            before = time.perf_counter()
            result = await client.call_tool("search_memory", {"question": "w5q w9q", "account": name})
            taken.append(time.perf_counter() - before)
            assert not result.is_error
    return sorted(taken[100:])[50]


def _plainly_called(address: str, names: Sequence[str]) -> float:
    connection, taken = http.client.HTTPConnection(address), []
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    for name in (*names[:100], *names[:100]):
        asked = {"name": "search_memory", "arguments": {"question": "w5q w9q", "account": name}}
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked})
        before = time.perf_counter()
        connection.request("POST", "/mcp", body, headers)
        answer = connection.getresponse()
        told = answer.read()
        taken.append(time.perf_counter() - before)
        assert answer.status == 200, told[:500]
        assert b'"isError":true' not in told, told[:500]
    connection.close()
    return sorted(taken[100:])[50]


def _measure(memory: Memory, rng: random.Random, accounts: int) -> list[str]:
    names = [f"c{rng.randrange(accounts)}.example" for _ in range(300)]
    common = [" ".join(_word(rng.randrange(1, 20)) for _ in range(3)) for _ in names]
    natural = [" ".join(_words(rng, 6)) for _ in names]
    with memory.reader("me") as reader:
        scopes = [_scopes(reader, name) for name in names]
        _time("scoped search alone, common words", lambda n: _scoped(reader, scopes[n], common[n]), 300)
    _time("scoped search, common words", lambda n: memory.search(common[n], account=names[n]), 300)
    _time("workspace-wide search, natural words", lambda n: memory.search(natural[n]), 60)
    _time("workspace-wide search, common words", lambda n: memory.search(common[n]), 20)
    _time("context with question", lambda n: memory.context(names[n], natural[n]), 300)
    _time("context without question", lambda n: memory.context(names[n]), 300)
    _rate("remember, one at a time, durable", lambda n: memory.remember(f"note {n} on w{n}q", about=names[n]), 300)
    _rate("remember in bulk", _bulk(memory, names), 1, times=1_000)
    return names


def _scopes(reader: Any, name: str) -> set[str]:
    from groundfact.pipeline.reading.find import find
    from groundfact.pipeline.reading.scopes import scopes_around

    return scopes_around(reader, find(reader, "account", name))


def _scoped(reader: Any, scopes: set[str], question: str) -> Sequence[Any]:
    from groundfact.pipeline.reading.retrieval import search_scopes

    return search_scopes(reader, scopes, question, 10)


def _bulk(memory: Memory, names: Sequence[str]) -> Callable[[int], Any]:
    items = [{"text": f"bulk note {n}", "about": names[n % len(names)]} for n in range(1_000)]
    return lambda _: memory.remember_many(items)


def _time(what: str, call: Callable[[int], Any], count: int) -> None:
    call(0)
    taken = sorted(_taken(call, count))
    p50, p95 = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
    print(f"  {what:<48} p50 {p50 * 1e3:8.2f} ms   p95 {p95 * 1e3:8.2f} ms")


def _rate(what: str, call: Callable[[int], Any], count: int, times: int = 1) -> None:
    cpu, wall = time.process_time(), time.perf_counter()
    for n in range(count):
        call(n)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    done = count * times
    print(f"  {what:<48} {done / wall:8.0f}/s       {cpu / done * 1e3:.2f} CPU ms each")


def _taken(call: Callable[[int], Any], count: int) -> Iterator[float]:
    for n in range(count):
        before = time.perf_counter()
        call(n)
        yield time.perf_counter() - before


QMSUM = """
workspace: qmsum
store: {path: qmsum.db}
sources:
  meetings:
    type: files
    access: [workspace]
    files: {passages: {path: p.jsonl, kind: note, id: id, attributes: {subject: id}, text: [text]}}
principals: {me: {kind: person}}
context: {default_principal: me}
"""


def _qmsum(folder: Path, path: Path) -> None:
    """Whether a passage that answers a question is among the first found."""
    questions = []
    with (folder / "p.jsonl").open("w") as out, gzip.open(path, "rt") as lines:
        for row in map(json.loads, lines):
            if row["kind"] == "passage":
                out.write(json.dumps({"id": f"{row['meeting']}:{row['chunk']}", "text": row["text"]}) + "\n")
            else:
                questions.append((row["text"], {f"{row['meeting']}:{chunk}" for chunk in row["gold_chunks"]}))
    (folder / "g.yaml").write_text(QMSUM)
    with Memory.open(folder / "g.yaml") as memory:
        assert memory.sync().ok
        found = [[hit["record"].split("/", 2)[2] for hit in memory.search(text)] for text, _ in questions]
    for most in (5, 10):
        hits = sum(not gold.isdisjoint(ids[:most]) for ids, (_, gold) in zip(found, questions, strict=True))
        print(f"qmsum, {len(questions)} questions: hit@{most} {hits / len(questions):.3f}")


if __name__ == "__main__":
    sys.exit(main())
