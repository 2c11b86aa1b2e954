"""The check-up of a configuration: each question of the checklist, and the YAML that answers it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of
from tests.advice.conftest import config_with_steward, three_sources, truth_of

from groundfact.config.build import load_config
from groundfact.memory import Memory
from groundfact.pipeline.doctor.doctor import examined
from groundfact.store.engine import Store
from groundfact.testing.world_clock import FakeClockWorld

Finding = dict[str, Any]


def _of(findings: list[Finding], check: str) -> dict[str, Finding]:
    return {one["subject"]: one for one in findings if one["check"] == check}


def _written(folder: Path, more: str = "", old: str = "", new: str = "", **how: Any) -> list[Finding]:
    """The findings of the lab's YAML, with `more` at its end and a piece replaced, without a store."""
    config_of(folder, more, **how)
    path = folder / "lab.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return examined(load_config(path, PLUGINS), FakeClockWorld())


def _line(folder: Path, finding: Finding) -> str:
    file, _, number = finding["where"].rpartition(":")
    return (folder / file).read_text().splitlines()[int(number) - 1].strip()


def test_without_a_store_the_yaml_is_examined(tmp_path: Path) -> None:
    """Each finding has severity, reason and place; the gravest come first; nothing is written."""
    found = _written(tmp_path)
    assert [one["severity"] for one in found] == sorted(
        [one["severity"] for one in found], key=["error", "warning", "note"].index
    )
    assert all(one["reason"] and one["where"].startswith("lab.yaml:") for one in found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lab.yaml"]


def test_an_attribute_that_nobody_says(tmp_path: Path) -> None:
    """An attribute of the YAML without a stream is a warning, one of the shipped vocabulary a note."""
    unsaid = _of(_written(tmp_path, "attributes: {account: {health: {type: integer}}}\n"), "unsaid")
    assert unsaid["account.health"]["severity"] == "warning"
    assert "health" in _line(tmp_path, unsaid["account.health"])
    assert unsaid["account"]["severity"] == "note"
    assert "renewal_date" in unsaid["account"]["reason"]


def test_a_rule_that_believes_who_never_says_it(tmp_path: Path) -> None:
    """A system of record that is no source is an error; one that does not say the attribute a warning."""
    rule = "attributes: {account: {%s: {survivorship: [{type: system_of_record, sources: [%s]}]}}}\n"
    found = _of(_written(tmp_path, rule % ("industry", "erp")), "never_says")["account.industry"]
    assert (found["severity"], "no such source" in found["reason"]) == ("error", True)
    found = _of(_written(tmp_path, rule % ("tier", "a")), "never_says")["account.tier"]
    assert (found["severity"], "never says it" in found["reason"]) == ("warning", True)
    assert _of(_written(tmp_path, rule % ("industry", "a")), "never_says") == {}


def test_several_sources_without_a_rule(tmp_path: Path) -> None:
    """Where several sources say an attribute that no rule decides; a declared copy is no second voice."""
    found = _of(_written(tmp_path), "no_rule")
    assert "industry (a, b, c)" in found["account"]["reason"]
    # By the domain records are linked: two that differ are two companies.
    assert "domain" not in found["account"]["reason"]
    mirrored = "script: '%s', mirror_of: a}"
    found = _of(_written(tmp_path, old="script: 'b'}", new=mirrored % "b", sources="ab"), "no_rule")
    assert "account" not in found


@pytest.mark.parametrize("how", ["no_rule", "no_expiry", "teammates", "about", "stewards", "too_slow"])
def test_what_is_to_be_written_settles_it(tmp_path: Path, how: str) -> None:
    """Putting the lines of a finding into the file gives a valid configuration without that finding."""
    more = "attributes: {deal: {amount: {freshness: {type: fixed, fresh_for: 30m, stale_after: 1h}}}}\n"
    options, old, new = ", messages: true, relations: true", "", ""
    if how == "about":
        old, new = "    - {type: shared_key, attribute: domain}\n", ""
    if how == "no_expiry":
        more = "attributes: {account: {industry: {type: date}}}\n"
    found = _written(tmp_path, more, old, new, options=options)
    (tmp_path / "over.yaml").write_text("extends: lab.yaml\n")
    before = _of(found, how)
    assert before, how
    for subject, one in before.items():
        (tmp_path / "over.yaml").write_text(f"extends: lab.yaml\n{one['lines']}\n")
        after = examined(load_config(tmp_path / "over.yaml", PLUGINS), FakeClockWorld())
        assert subject not in _of(after, how)


def test_texts_that_hang_on_nothing(tmp_path: Path) -> None:
    """`about:` by a key that no matcher links by is a warning for each stream."""
    options = ", messages: true"
    assert _of(_written(tmp_path, options=options), "about") == {}
    found = _of(_written(tmp_path, "", "    - {type: shared_key, attribute: domain}\n", "", options=options), "about")
    assert set(found) == {"sources.a.streams.messages", "sources.b.streams.messages", "sources.c.streams.messages"}
    assert "{type: shared_key, attribute: domain}" in found["sources.a.streams.messages"]["lines"]


def test_a_schedule_slower_than_a_promise(tmp_path: Path) -> None:
    """A value that must be current and is read more rarely than that is an error, another one a warning."""
    fixed = "attributes: {account: {phone: {freshness: {type: fixed, fresh_for: 30m, stale_after: %s}}}}\n"
    found = _of(_written(tmp_path, fixed % "2h"), "too_slow")["sources.a"]
    assert (found["severity"], found["lines"]) == ("warning", "sources:\n  a:\n    every: 30m")
    must = fixed % "45m, must_revalidate: true"
    assert _of(_written(tmp_path, must), "too_slow")["sources.a"]["severity"] == "error"
    assert _of(_written(tmp_path, must + "schedule: {every: 10m}\n"), "too_slow") == {}


def test_who_asks(tmp_path: Path) -> None:
    """Answers without a token, tokens that never end or have ended, secrets that are not there, labels nobody has."""
    (tmp_path / "secret").write_text("x" * 30)
    (tmp_path / "secret").chmod(0o600)
    tokens = "[{token: file:secret, principal: x}, {token: env:GONE, principal: y, expires: 2020-01-01}]"
    found = _written(
        tmp_path, f"server: {{anonymous: all, tokens: {tokens}}}\n", "access: [workspace], script: 'b'",
        "access: [sales], script: 'b'",
    )  # fmt: skip
    assert "never noticed" in _of(found, "anonymous")["server.anonymous"]["reason"]
    severities = {subject: one["severity"] for subject, one in _of(found, "tokens").items()}
    assert severities == {"server.tokens[0]": "warning", "server.tokens[1]": "error"}
    assert "GONE is not set" in _of(found, "secrets")["server.tokens[1]"]["reason"]
    assert "sources.b.streams.accounts" in _of(found, "unseen")
    assert set(_of(found, "labels")) == {"principals.nobody"}


def test_what_is_kept_is_said(tmp_path: Path) -> None:
    """That nothing is thrown away by itself, and what of a session persists, is always told."""
    found = _written(tmp_path)
    assert (len(_of(found, "retention")), len(_of(found, "persistence"))) == (1, 1)


@pytest.fixture
def synced(tmp_path: Path, blank_store: Path) -> Lab:
    """Three sources over 120 companies; one copies another."""
    lab = Lab(tmp_path, blank_store, config_with_steward(tmp_path))
    three_sources(lab)
    return lab


def test_a_copy_that_votes(synced: Lab) -> None:
    """A source that shares another one's mistakes is a warning, with the line that takes its vote."""
    assert "sources.b" not in _of(list(synced.memory.doctor()), "mirror")
    for number in range(60):
        synced.memory.correct(f"c{number}.example", "industry", truth_of(number), reason="looked it up")
    found = _of(list(synced.memory.doctor()), "mirror")["sources.b"]
    assert found["lines"] == "sources:\n  b:\n    mirror_of: a"


def test_conflicts_are_counted(tmp_path: Path, blank_store: Path) -> None:
    """Facts that stay in conflict, by attribute; without a rule a warning, with one a note."""
    for rule, severity in (
        ("", "warning"),
        ("attributes: {account: {industry: {survivorship: [most_common]}}}", "note"),
    ):
        lab = Lab(tmp_path, blank_store, config_of(tmp_path, f"{rule}\n"))
        for number in range(3):
            for source, said in (("a", "Steel"), ("b", "Paper")):
                record = account(f"{source}{number}", 1, domain=f"d{number}.example", industry=said)
                lab.say(source, "accounts", record)
        lab.sync()
        found = _of(list(lab.memory.doctor()), "conflicts")["account.industry"]
        assert (found["severity"], found["count"]) == (severity, 3)
        lab.close()


def test_two_ids_of_one_thing_are_no_conflict(tmp_path: Path, blank_store: Path) -> None:
    """What refers to something is written otherwise in each source: that alone is no conflict."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=", relations: true"))
    for source, owner in (("a", "u1"), ("b", "u9")):
        lab.say(source, "teammates", account(owner, 1, name="Ann", email="ann@us.example"))
        lab.say(source, "accounts", account("1", 1, domain="d.example", owned_by=owner))
    lab.sync()
    assert lab.rows("select conflicts from facts where kind = 'account'") == [(1,)]
    assert _of(list(lab.memory.doctor()), "conflicts") == {}
    lab.close()


def test_what_no_copilot_reads(synced: Lab) -> None:
    """Before any context nothing can be told; then an attribute that no context had room for is named, with counts."""
    assert "no copilot has asked" in _of(list(synced.memory.doctor()), "unread")["principals"]["reason"]
    synced.memory.context("c1.example", principal="all")
    assert "principals" in _of(list(synced.memory.doctor()), "unread")
    for _ in range(2):
        synced.memory.context("c1.example", principal="nobody")
    assert _of(list(synced.memory.doctor()), "unread") == {}
    synced.say("a", "accounts", account("a5", 50, domain="c5.example", industry="Salt", employees=7))
    synced.sync()
    synced.memory.context("c1.example", principal="nobody")
    synced.memory.context("c5.example", principal="all")
    found = _of(list(synced.memory.doctor()), "unread")
    assert set(found) == {"account.employees"}
    assert found["account.employees"]["count"] == 1
    assert "none of the 3 contexts" in found["account.employees"]["reason"]


def test_what_no_context_had_room_for(synced: Lab) -> None:
    """An attribute is read where the text of a context tells it, not where it was cut off."""
    synced.memory.context("c1.example", principal="nobody", max_tokens=60)
    assert "account.industry" in _of(list(synced.memory.doctor()), "unread")
    synced.memory.context("c1.example", principal="nobody")
    assert _of(list(synced.memory.doctor()), "unread") == {}


def test_a_stream_that_is_switched_off_says_nothing(tmp_path: Path) -> None:
    """Only streams that are read are somebody's voice."""
    off = "script: 'b', streams: {accounts: {enabled: false}}}"
    assert "industry (a, c)" in _of(_written(tmp_path, "", "script: 'b'}", off), "no_rule")["account"]["reason"]


def test_a_source_of_hidden_records_leaves_no_trace(tmp_path: Path, blank_store: Path) -> None:
    """One that left the YAML is named only where everybody may see something of it."""
    for labels, told in ((["x"], False), (["workspace"], True)):
        lab = Lab(tmp_path, blank_store, config_of(tmp_path))
        lab.say("c", "accounts", account("1", 1, labels, domain="d.example", industry="Steel"))
        lab.sync()
        lab.memory.close()
        lab.memory = Memory(config_of(tmp_path, sources="ab"), PLUGINS, Store(lab.path), lab.world)
        assert ("sources.c" in _of(list(lab.memory.doctor()), "late")) is told
        lab.close()


def test_what_is_not_read_any_more(synced: Lab) -> None:
    """A source that failed is an error, one that is behind a warning, one that left the YAML is named."""
    synced.say("a", "accounts", RuntimeError("boom"))  # type: ignore[arg-type]
    synced.sync("a")
    synced.world.advance(days=9)
    found = _of(list(synced.memory.doctor()), "late")
    assert (found["sources.a"]["severity"], "boom" in found["sources.a"]["reason"]) == ("error", True)
    assert found["sources.b.streams.accounts"]["severity"] == "warning"
    path = synced.memory.config.path
    path.write_text(path.read_text().replace("  c: {type", "  d: {type"))
    synced.memory.close()
    synced.memory = Memory(load_config(path, PLUGINS), PLUGINS, Store(synced.path), synced.world)
    found = _of(list(synced.memory.doctor()), "late")
    assert "still believed" in found["sources.c"]["reason"]
    assert found["sources.d"]["reason"] == "it was never read"


def test_it_says_nothing_of_what_not_everybody_may_see(tmp_path: Path, blank_store: Path) -> None:
    """The findings over a store with hidden records are byte for byte those over a store without them."""
    config, told = config_with_steward(tmp_path), []
    for hidden in (True, False):
        lab = Lab(tmp_path, blank_store, config, f"hidden{hidden}")
        for number in range(60 if hidden else 0):
            record = account(f"h{number}", 9, ["x"], domain=f"c{number}.example", industry="Secret", employees=3)
            lab.say("b", "accounts", record)
        three_sources(lab)
        lab.memory.context("c1.example", principal="nobody")
        told.append(json.dumps(list(lab.memory.doctor())))
        assert told[-1] == json.dumps(list(lab.memory.doctor()))
        lab.close()
    assert told[0] == told[1]
