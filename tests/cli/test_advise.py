"""`groundfact advise` and `groundfact doctor`, as people and scripts call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.command_line import Run

YAML = """workspace: desk
sources:
  # what sales says
  crm:
    type: files
    access: [workspace]
    files: {accounts: {path: crm.csv, kind: account, id: id, attributes: {name: name, domain: site, tier: tier}}}
  billing:
    type: files
    access: [workspace]
    files: {accounts: {path: billing.csv, kind: account, id: id, attributes: {name: name, domain: site, tier: tier}}}
identity:
  account:
  - {type: shared_key, attribute: domain}
principals: {me: {kind: person, may: [correct, forget]}}
context: {default_principal: me}
"""


@pytest.fixture
def desk(company: Path, groundfact: Run) -> Run:
    """Sixty companies; billing knows the tier, sales is wrong about every third."""
    (company / "groundfact.yaml").write_text(YAML)
    lines = {"crm": ["id,name,site,tier"], "billing": ["id,name,site,tier"], "audit": ["entity,attribute,value"]}
    for number in range(60):
        tier = ("Gold", "Silver", "Bronze")[number % 3]
        lines["billing"].append(f"{number},Company {number},c{number}.example,{tier}")
        lines["crm"].append(f"{number},Company {number},c{number}.example,{'Gold' if number % 2 else tier}")
        lines["audit"].append(f"c{number}.example,tier,{tier}")
    for name, rows in lines.items():
        (company / f"{name}.csv").write_text("\n".join(rows) + "\n")
    assert groundfact("sync").code == 0
    return groundfact


def test_the_advice_is_shown_with_its_next_command(desk: Run) -> None:
    """Agreement, known facts, trust, the tried rule and the diff; then the command that shows what would flip."""
    ran = desk("advise", "--audit", "audit.csv")
    assert ran.code == 0
    for told in ("how sources agree", "60 facts are known to be right: 60 audited, 0 by stewards", "account.tier",
                 "--- groundfact.yaml", "+++ groundfact.yaml", "groundfact diff --with FILE"):  # fmt: skip
        assert told in ran.out


def test_a_suggestion_can_be_written_compared_and_taken_over(desk: Run, company: Path) -> None:
    """The file that is written keeps comments, and `diff --with` shows exactly the flips."""
    assert desk("advise", "--audit", "audit.csv", "--write", "better.yaml").code == 0
    assert "# what sales says" in (company / "better.yaml").read_text()
    compared = desk("diff", "--with", "better.yaml")
    assert compared.code == 0
    assert "20 of 180 facts flip" in compared.out
    (company / "groundfact.yaml").write_text((company / "better.yaml").read_text())
    assert desk("sync").code == 0
    again = desk("advise", "--audit", "audit.csv", "--json").json
    assert (again["rules"][0]["right_now"], again["diff"]) == (1.0, "")


def test_the_same_as_json(desk: Run, company: Path) -> None:
    """JSONL is taken as well; the answer is one object."""
    rows = [{"entity": f"c{n}.example", "attribute": "tier", "value": ("Gold", "Silver", "Bronze")[n % 3]}
            for n in range(60)]  # fmt: skip
    (company / "audit.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    found = desk("advise", "--audit", "audit.jsonl", "--json").json
    assert found == desk("advise", "--audit", "audit.csv", "--json").json
    (rule,) = found["rules"]
    assert (rule["suggested"], rule["right_now"], rule["right_then"]) == (True, 0.6667, 1.0)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("gone.csv", None, "cannot be read"),
        ("a.csv", "entity,value\nx,y\n", "a.csv:2 lacks one of entity, attribute, value"),
        ("a.jsonl", "{]\n", "a.jsonl:1 is no JSON"),
        ("b.jsonl", "[1]\n", "b.jsonl:1 lacks"),
    ],
)
def test_a_sample_that_cannot_be_read_is_refused(
    desk: Run, company: Path, name: str, text: str | None, told: str
) -> None:
    """With the file, the line and what it has to hold."""
    if text is not None:
        (company / name).write_text(text)
    ran = desk("advise", "--audit", name)
    assert ran.code == 2
    assert told in ran.err


@pytest.mark.parametrize("target", ["groundfact.yaml", "../elsewhere.yaml"])
def test_the_configuration_itself_is_not_written(desk: Run, company: Path, target: str) -> None:
    """A suggestion is written beside the configuration, and never over it."""
    assert desk("advise", "--audit", "audit.csv", "--write", target).code == 2
    assert (company / "groundfact.yaml").read_text() == YAML
    assert not (company.parent / "elsewhere.yaml").exists()


def test_nothing_to_suggest_is_said(desk: Run, company: Path) -> None:
    """Without known facts: too few, how many it takes, and no file."""
    ran = desk("advise")
    assert "too few to learn from: 50 in all and 20 of an attribute" in ran.out
    assert "nothing to change" in ran.out
    assert desk("advise", "--write", "better.yaml").code == 2
    assert not (company / "better.yaml").exists()


def test_doctor_says_what_to_write_and_where(desk: Run) -> None:
    """Severity, reason, file:line and lines; the exit code is 10 where something should be done."""
    ran = desk("doctor")
    assert ran.code == 10
    assert "warning: account.tier (conflicts)" in ran.out
    assert "\n  groundfact.yaml:" in ran.out
    assert "  |       survivorship: [{type: system_of_record, sources: [billing, crm]}, most_recent]" in ran.out
    found = desk("doctor", "--json")
    assert found.code == 10
    assert found.json["store"] is True
    assert {"severity", "check", "subject", "reason", "where", "lines", "do", "count"} == set(found.json["findings"][0])


def test_doctor_is_content_with_a_settled_configuration(desk: Run, company: Path) -> None:
    """Notes alone are exit code 0."""
    rules = "attributes:\n  account:\n"
    for name in ("name", "tier"):
        rules += f"    {name}: {{survivorship: [{{type: system_of_record, sources: [billing, crm]}}]}}\n"
    (company / "groundfact.yaml").write_text(YAML + rules)
    assert desk("sync").code == 0
    ran = desk("doctor")
    assert ran.code == 0, ran.out
    assert "warning" not in ran.out


def test_doctor_creates_no_store(groundfact: Run, company: Path) -> None:
    """Before the first sync only the YAML is looked at, and nothing is created."""
    (company / "groundfact.yaml").write_text(YAML)
    ran = groundfact("doctor")
    assert ran.out.startswith("there is no store yet")
    assert list(company.glob("*.db*")) == []
    assert groundfact("doctor", "--json").json["store"] is False


def test_check_warns_of_texts_that_hang_on_nothing(groundfact: Run, company: Path) -> None:
    """`about:` by a key that no matcher links by: the check passes, with a warning."""
    about = "about: [{field: site, attribute: domain}]"
    yaml = YAML.replace(
        "attributes: {name: name, domain: site, tier: tier}}}", f"{about}, attributes: {{name: name}}}}}}", 1
    )
    for name in ("crm", "billing"):
        (company / f"{name}.csv").write_text("id,name,site,tier\n")
    (company / "groundfact.yaml").write_text(yaml)
    assert groundfact("check", "--json").json["warnings"] == []
    (company / "groundfact.yaml").write_text(
        yaml.replace("attribute: domain}\nprincipals", "attribute: name}\nprincipals")
    )
    ran = groundfact("check")
    assert ran.code == 0, ran.out + ran.err
    assert "warning: groundfact.yaml:13: crm/accounts hangs on accounts by domain" in ran.out
    assert groundfact("check", "billing", "--json").json["warnings"] == []
