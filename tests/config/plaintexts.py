"""Generated values: 200 that are secrets in plain text, 200 that only look busy."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator

WORD = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
B64 = WORD + "+/"

Draw = Callable[[random.Random], tuple[str, str]]


def _of(rng: random.Random, letters: str, length: int) -> str:
    return "".join(rng.choice(letters) for _ in range(length))


def _jwt(rng: random.Random) -> str:
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": _of(rng, string.digits, 8), "aud": "crm"})
    text = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*text, _of(rng, WORD + "-_", 43)])


def _pem(rng: random.Random) -> str:
    body = "\n".join(_of(rng, B64, 64) for _ in range(4))
    return f"-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\n"


def _hub(rng: random.Random) -> str:
    return f"pat-{rng.choice(['na1', 'eu1', 'ap1'])}-" + "-".join(_of(rng, HEX, n) for n in (8, 4, 4, 4, 12))


def _slack(rng: random.Random) -> str:
    return f"xox{rng.choice('bpars')}-{_of(rng, string.digits, 12)}-{_of(rng, WORD, 24)}"


SECRETS: list[Draw] = [
    lambda r: ("session", f"00D{_of(r, WORD, 12)}!{_of(r, WORD + '._', 90)}"),
    lambda r: ("value", _hub(r)),
    lambda r: ("bot", _slack(r)),
    lambda r: ("app", f"xapp-1-A{_of(r, WORD, 10)}-{_of(r, string.digits, 12)}-{_of(r, HEX, 64)}"),
    lambda r: ("pull", f"gh{r.choice('pousr')}_{_of(r, WORD, 36)}"),
    lambda r: ("pull", f"github_pat_{_of(r, WORD, 22)}_{_of(r, WORD, 59)}"),
    lambda r: ("id", f"AKIA{_of(r, string.ascii_uppercase + string.digits, 16)}"),
    lambda r: ("aws", _of(r, B64, 40)),
    lambda r: ("header", f"Bearer {_of(r, WORD, 32)}7"),
    lambda r: ("login", _jwt(r)),
    lambda r: ("pem", _pem(r)),
    lambda r: ("page", f"ntn_{_of(r, WORD, 46)}"),
    lambda r: ("lin", f"lin_api_{_of(r, WORD, 40)}"),
    lambda r: ("jira", f"ATATT3xFfGF0{_of(r, WORD + '_-', 60)}={_of(r, HEX.upper(), 8)}"),
    lambda r: ("model", f"sk-proj-{_of(r, WORD, 48)}"),
    lambda r: (
        "hook",
        f"https://hooks.slack.com/services/T{_of(r, WORD, 8)}/B{_of(r, WORD, 8)}/{_of(r, WORD, 24)}",
    ),
    lambda r: ("base_url", f"https://svc:{_of(r, WORD, 12)}@crm.example.com/api"),
    lambda r: ("path", f"postgresql://app:{_of(r, WORD, 9)}@db.internal:5432/crm"),
    lambda r: ("path", f"https://files.example.com/export.csv?sig={_of(r, WORD, 30)}"),
    lambda r: ("dsn", f"Server=db;User Id=app;Password={_of(r, WORD, 9)};"),
    lambda r: ("note", f"log in with {_of(r, WORD, 40)} please"),
    lambda r: ("blob", base64.b64encode(r.randbytes(32)).decode()),
    lambda r: ("digest", _of(r, HEX, 64)),
    lambda r: ("access_token", _of(r, string.ascii_lowercase, 12)),
    lambda r: ("password", r.choice(["hunter2", "Summer-2026!", "correct horse battery staple"])),
    lambda r: ("client_secret", _of(r, string.digits, 19)),
    lambda r: ("apiKey", _of(r, HEX, 32)),
    lambda r: ("security_token", _of(r, WORD, 24)),
    lambda r: ("private_key", _of(r, WORD, 20)),
    lambda r: ("key", _of(r, WORD, 32)),
    lambda r: ("env", f"env:{_hub(r)}"),
    lambda r: ("rest", f"sk_live_{_of(r, WORD, 24)}"),
]

_WORDS = (
    "account", "owner", "stage", "renewal", "tier", "deal", "primary", "region", "last", "modified", "date",
    "active", "customer", "lifetime",
)  # fmt: skip


def _snake(rng: random.Random, count: int) -> str:
    return "_".join(rng.choice(_WORDS) for _ in range(count))


def _camel(rng: random.Random, count: int) -> str:
    return "".join(rng.choice(_WORDS).capitalize() for _ in range(count))


CLEAN: list[Draw] = [
    lambda r: ("access_token", f"env:{_snake(r, 3).upper()}"),
    lambda r: ("password", f"file:secrets/{_snake(r, 2)}.txt"),
    lambda r: ("client_secret", f"keyring:groundfact/{_snake(r, 2)}"),
    lambda r: ("token", ""),
    lambda r: ("token_url", f"https://login.{_snake(r, 1)}.example.com/services/oauth2/token"),
    lambda r: (
        "instance_url",
        f"https://{r.choice(_WORDS)}--uat{r.randint(1, 99)}.sandbox.my.salesforce.com",
    ),
    lambda r: ("path", f"./data/{r.randint(2000, 2030)}/{_snake(r, 4)}_{r.randint(1, 99)}.jsonl.gz"),
    lambda r: ("path", f"/var/lib/groundfact/{_snake(r, 3)}/export-{r.randint(10**7, 10**8)}T120000Z.csv"),
    lambda r: ("path", f"C:\\Users\\anna\\{_camel(r, 4)}{r.randint(1, 99)}.csv"),
    lambda r: ("field", f"{_camel(r, 6)}Q{r.randint(1, 4)}__c"),
    lambda r: ("field", f"hs_v2_date_entered_{_snake(r, 3)}_{r.randint(10**7, 10**9)}"),
    lambda r: ("field", f"properties.{_snake(r, 5)}.value[0].name2"),
    lambda r: ("key", r.choice(["id", "company_id", "Customer Number", "external_id_2"])),
    lambda r: ("primary_key", _snake(r, 2)),
    lambda r: ("shared_key", f"{_snake(r, 3)}_{r.randint(1, 9)}"),
    lambda r: ("database_id", _of(r, HEX, 32)),
    lambda r: ("record_type", f"012{_of(r, WORD, 15)}"),
    lambda r: ("id", "-".join(_of(r, HEX, n) for n in (8, 4, 4, 4, 12))),
    lambda r: (
        "query",
        f"SELECT Id, {_camel(r, 3)}__c FROM Account WHERE {_camel(r, 2)}2026__c > 2026-01-01T00:00:00Z",
    ),
    lambda r: ("pattern", r"^(?:[A-Z]{2}-)?\d{4,9}(?:-[a-z0-9]{2,})?$"),
    lambda r: ("default_principal", f"{r.choice(_WORDS)}.smith{r.randint(1, 99)}@example.com"),
    lambda r: ("label", f"group:{_camel(r, 2)}-{r.randint(1, 999)}"),
    lambda r: ("summary", "Everybody in sales; the password policy and token budget are in the handbook."),
    lambda r: ("every", f"{r.randint(1, 90)}{r.choice('mhd')}"),
    lambda r: ("channel", f"C{_of(r, string.ascii_uppercase + string.digits, 10)}"),
    lambda r: ("name", "Østergård & Søn A/S (København), Straße 12, 東京都千代田区"),
    lambda r: ("title", f"risk-assessment-{_snake(r, 2)}-basic understanding of {_snake(r, 2)}"),
    lambda r: ("api_version", f"{r.randint(40, 99)}.0"),
]


def drawn(kinds: list[Draw], count: int, seed: int = 8) -> Iterator[tuple[str, str]]:
    """`count` pairs of key and value, every kind in turn."""
    rng = random.Random(seed)
    for number in range(count):
        yield kinds[number % len(kinds)](rng)
