"""The one place that asks the policies."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.lab import Lab, account, config_of

from groundfact.errors import Denied
from groundfact.governance.access import access_for
from groundfact.model import Decision, Principal
from groundfact.vocabulary import default_vocabulary

WORDS = default_vocabulary()
BOT = Principal("bot", "copilot", frozenset(["workspace"]), "internal")
ANSWERS: tuple[Decision | None, ...] = ("permit", "redact", "deny", None)


class Says:
    """A policy with one answer for everything."""

    def __init__(self, answer: Decision | None) -> None:
        self._answer = answer

    def decide(self, principal: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
        """Say it."""
        return self._answer


class Fails:
    """A policy with a bug."""

    def decide(self, principal: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
        """Fail."""
        raise RuntimeError("policy is broken")


def test_nobody_is_denied() -> None:
    """No principal means deny, whatever the policies would permit, and says how to name one."""
    with pytest.raises(Denied) as found:
        access_for(None, [Says("permit")], WORDS)
    assert (found.value.exit_code, "--as NAME" in found.value.hint) == (6, True)


@pytest.mark.parametrize("answers", list(itertools.product(ANSWERS, repeat=3)))
def test_deny_wins_over_redact_over_permit(answers: Sequence[Decision | None]) -> None:
    """Of any three answers in any order the strictest counts; no answer at all is deny."""
    strictest = next((word for word in ("deny", "redact", "permit") if word in answers), "deny")
    assert access_for(BOT, [Says(answer) for answer in answers], WORDS).decide("account", "name") == strictest


def test_without_a_policy_all_is_denied() -> None:
    """An empty list of policies permits nothing."""
    assert access_for(BOT, [], WORDS).decide("account", "name") == "deny"


@pytest.mark.parametrize(
    ("kind", "attribute"), [("account", "shoe_size"), ("planet", "name"), ("", ""), ("deal", "email")]
)
def test_what_the_vocabulary_does_not_know_is_denied(kind: str, attribute: str) -> None:
    """A policy that permits everything does not permit what does not exist."""
    assert access_for(BOT, [Says("permit")], WORDS).decide(kind, attribute) == "deny"


@pytest.mark.parametrize("position", [0, 1])
def test_a_failing_policy_denies_and_is_logged(position: int, caplog: pytest.LogCaptureFixture) -> None:
    """A policy that raises closes what it was asked about, and the log names it and the attribute."""
    policies: list[Says | Fails] = [Says("permit")]
    policies.insert(position, Fails())
    with caplog.at_level(logging.ERROR, "groundfact.access"):
        assert access_for(BOT, policies, WORDS).decide("account", "name") == "deny"
    (record,) = caplog.records
    assert "policy Fails failed on account.name" in record.getMessage()
    assert record.exc_info is not None


def test_an_access_holds_what_the_principal_was_granted() -> None:
    """Name and labels go through as they are: the labels of nobody else are added."""
    access = access_for(BOT, [Says("permit")], WORDS)
    assert (access.principal, access.labels) == ("bot", frozenset(["workspace"]))


REDACTED = """
policies:
  - {type: clearance}
  - {type: attributes, effect: redact, principals: [nobody], attributes: [account.industry]}
  - {type: attributes, effect: deny, principals: [nobody], attributes: [account.phone]}
"""


def test_redaction_tells_nothing(tmp_path: Path, blank_store: Path) -> None:
    """Who is redacted gets the same bytes whatever the value is, or whether there is one; nor is a denied one named."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, REDACTED))
    said = [{"industry": "Rockets", "phone": "+49 30 1234567"}, {}, {"industry": "Bakeries"}]
    answers = set()
    for day, more in enumerate(said):
        lab.say("a", "accounts", account("1", 1 + day, domain="one.example", name="One", **more))
        assert lab.sync().ok
        text, _, data = lab.memory.context("One", principal="nobody")
        answers.add(text)
        assert data["withheld"] == ["industry"]
        assert "phone" not in str(data)
        with pytest.raises(Denied) as refused:
            lab.memory.why("One", "industry", principal="nobody")
        answers.add(str(refused.value))
    lab.close()
    assert len(answers) == 2
    assert "Rockets" not in str(answers)
