"""A vendor that only costs the client: serves generated records over HTTP in pages of 200, ready-made in memory.

python benchmarks/pages.py RECORDS   prints its port, then serves until its standard input closes.
Record i is said by source i % 3 about entity i // 3; 30 % of the entities are accounts, the rest contacts.
`/{source}/{stream}?page=N` gives a page, `&changed=1` the records of a 1 % change.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 200
_WORDS = ["alpha", "bravo", "delta", "metal", "north", "river", "stone", "cedar", "amber", "coral"]


def record(i: int, *, edited: bool = False) -> dict[str, Any]:
    """A record of about 630 bytes with 12 mapped attributes; sources agree on most and differ on some."""
    entity, source = divmod(i, 3)
    day = 1 + (entity * 7 + source * 3) % 28
    variant = source if entity % 5 == 0 else 0
    common = {
        "id": f"r{i:08d}",
        "updated_at": f"2026-10-{day:02d}T12:{source:02d}:00Z" if not edited else "2026-11-02T12:00:00Z",
        "owner": {"name": f"Owner {entity % 40}", "email": f"owner{entity % 40}@vendor.example"},
        "phone": f"+49 30 {1_000_000 + entity}",
        "city": _WORDS[entity % 10].title(),
        "country": "Germany",
        "street": f"{_WORDS[(entity + variant) % 10].title()} Street {1 + entity % 300}",
        "zip": f"{10_000 + entity % 90_000}",
        "notes": "x" * 120,
        "meta": {
            "created_by": f"user-{entity % 100}",
            "system_modstamp": f"2026-10-{day:02d}T12:00:00Z",
            "flags": [1, 2, 3],
        },
    }
    if is_account(entity):
        name = f"{_WORDS[entity % 10].title()} {_WORDS[entity // 10 % 10].title()} {entity}"
        return common | {
            "name": name + (" GmbH" if variant == 1 else ""),
            "website": f"https://www.company{entity}.example",
            "industry": _WORDS[(entity + variant) % 10],
            "employees": 10 + entity % 1000 + variant + (1 if edited else 0),
            "revenue": 100_000 + entity,
            "tier": "gold" if entity % 3 else "silver",
        }
    return common | {
        "name": f"{_WORDS[entity % 10].title()} {_WORDS[entity // 7 % 10].title()}-{entity}",
        "email": f"person{entity}@company{entity // 4}.example",
        "title": f"{_WORDS[(entity + variant) % 10]} manager" + (" II" if edited else ""),
        "department": _WORDS[entity // 3 % 10],
        "account": f"r{(entity - entity % 10) * 3 + source:08d}",
        "linkedin": f"https://social.example/in/person{entity}",
    }


def is_account(entity: int) -> bool:
    """Three of ten entities."""
    return entity % 10 < 3


def build(records: int) -> dict[str, list[bytes]]:
    """Every answer, ready to be sent, by path and mode."""
    rows: dict[str, list[bytes]] = defaultdict(list)
    for i in range(records):
        stream = "accounts" if is_account(i // 3) else "contacts"
        rows[f"/s{i % 3}/{stream}"].append(json.dumps(record(i)).encode())
        if i % 100 == 0:
            rows[f"/s{i % 3}/{stream}+"].append(json.dumps(record(i, edited=True)).encode())
    return {
        path: [
            b'{"rows":[' + b",".join(found[at : at + PAGE]) + b'],"total":%d}' % len(found)
            for at in range(0, len(found), PAGE)
        ]
        for path, found in rows.items()
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pages: dict[str, list[bytes]]

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        found = self.pages.get(url.path + ("+" if "changed" in query else ""), [])
        number = int(query["page"][0])
        body = found[number] if number < len(found) else b'{"rows":[],"total":0}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until standard input closes."""
    _Handler.pages = build(int(sys.argv[1]))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
