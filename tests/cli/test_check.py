"""`groundfact init` and `groundfact check`."""

from __future__ import annotations

from pathlib import Path

from support.command_line import Run


def test_check_tries_every_source(groundfact: Run) -> None:
    """A healthy configuration is a table of checks that are ok, and exit code 0."""
    ran = groundfact("check")
    assert (ran.code, "valid" in ran.out, "failed" in ran.out) == (0, True, False)
    told = groundfact("check", "--json").json
    assert told["ok"] is True
    assert [one["source"] for one in told["sources"]] == ["crm", "billing"]


def test_a_failed_check_has_a_fix(company: Path, groundfact: Run) -> None:
    """A source that lacks something fails with its fix; the others are tried all the same; exit code 3."""
    (company / "crm.csv").write_text("id,name\n1,Acme\n")
    ran = groundfact("check")
    assert (ran.code, "failed" in ran.out) == (3, True)
    told = groundfact("check", "--json").json
    crm, billing = told["sources"]
    assert (crm["ok"], billing["ok"]) == (False, True)
    failed = [each for each in crm["checks"] if not each["ok"]]
    assert failed
    assert all(each["fix"] for each in failed)


def test_a_source_that_cannot_be_built_is_a_failed_check(company: Path, groundfact: Run) -> None:
    """A missing secret, which is found when the connector is built, fails a check and stops no other."""
    with (company / "groundfact.yaml").open("a") as file:
        file.write(
            "  hub: {type: hubspot, access: [workspace], access_token: env:NOT_SET_ANYWHERE,"
            " base_url: 'http://127.0.0.1:1'}\nnetwork: {allow: ['127.0.0.1']}\n"
        )
    ran = groundfact("check", "--json")
    assert ran.code == 3
    by_name = {one["source"]: one for one in ran.json["sources"]}
    assert (by_name["crm"]["ok"], by_name["hub"]["ok"]) == (True, False)
    assert "NOT_SET_ANYWHERE" in str(by_name["hub"]["checks"])


def test_a_stream_that_is_not_there_is_a_failed_check(company: Path, groundfact: Run) -> None:
    """Settings for a stream that the connector does not have are found before the first sync."""
    with (company / "groundfact.yaml").open("a") as file:
        file.write("    streams: {custmers: {enabled: false}}\n")
    ran = groundfact("check", "billing")
    assert (ran.code, "customers" in ran.out) == (3, True)


def test_fields_lists_what_the_sources_offer(groundfact: Run) -> None:
    """`--fields` shows every field and whether it is mapped."""
    told = groundfact("check", "crm", "--fields", "--json").json
    fields = {one["field"]: one["mapped"] for one in told["sources"][0]["fields"]}
    assert fields["phone"] is True
    assert "mapped" in groundfact("check", "--fields").out


def test_init_writes_what_check_accepts(company: Path, groundfact: Run) -> None:
    """`init` writes a YAML that is valid, and refuses to overwrite one unless it is forced."""
    folder = company / "fresh"
    folder.mkdir()
    assert groundfact("init", str(folder)).code == 0
    text = (folder / "groundfact.yaml").read_text()
    assert "workspace:" in text
    # Whatever its sources lack on this machine, the file itself is in order.
    assert groundfact("check", "--config", str(folder / "groundfact.yaml"), "--json").json["config"]
    again = groundfact("init", str(folder))
    assert (again.code, "--force" in again.err) == (2, True)
    assert groundfact("init", str(folder / "groundfact.yaml"), "--force").code == 0
