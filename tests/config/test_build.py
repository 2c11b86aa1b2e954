"""Building: the parts a YAML names, its defaults, and its mistakes with their lines."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.config.parts import Built, Desk, Fields, stand_ins

from groundfact.config.build import load_config
from groundfact.config.config import Config
from groundfact.errors import ConfigError, PluginError, UnknownName
from groundfact.model import Principal, StreamSpec

HEAD = "workspace: acme\n"
DESK = "  desk: {type: desk, access: [workspace], token: env:DESK}\n"


def load(folder: Path, text: str) -> Config:
    """Load a text with the stand-in components."""
    path = folder / "groundfact.yaml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, stand_ins())


def mistakes(folder: Path, text: str) -> list[str]:
    """The lines of the error that a text earns."""
    with pytest.raises(ConfigError) as refused:
        load(folder, text)
    return [line.removeprefix("groundfact.yaml:") for line in str(refused.value).splitlines()]


def spec(**changed: Any) -> StreamSpec:
    """A stream of the stand-in connector."""
    fields = {
        "name": "accounts", "kind": "account", "order": "full", "deletes": "absence", "confirms": "returned",
        "mapping": {"attributes": {"name": "Name", "tier": "Tier", "city": "City"}, "text": ["Notes"]},
    }  # fmt: skip
    return StreamSpec.model_validate({**fields, **changed})


def test_a_name_is_enough(tmp_path: Path) -> None:
    """Everything else has a default: most_recent, heuristic, clearance, markdown, one hour, groundfact.db."""
    config = load(tmp_path, HEAD)
    assert config.workspace == "acme"
    assert [name for name, _ in config.chains["account"]["tier"]] == ["most_recent"]
    assert [name for name, _ in config.chains["account"]["last_activity_at"]] == ["max"]
    assert set(config.chains) == set(config.freshness) == set(config.vocabulary)
    assert len(config.policies) == 1
    assert config.matchers == {"account": [], "contact": [], "teammate": []}
    assert config.store_path == tmp_path.resolve() / "groundfact.db"
    assert config.root.schedule.every == timedelta(hours=1)
    assert config.root.context.max_tokens == 1200
    assert config.principal() is None


def test_a_source_carries_its_settings(tmp_path: Path) -> None:
    """Options are validated; the connector is not built; `behind_after` is three turns unless it is set."""
    config = load(
        tmp_path,
        HEAD
        + "schedule: {every: 30m}\nsources:\n"
        + DESK
        + "  slow:\n    type: desk\n    access: [team:sales]\n    token: env:X\n    every: 6h\n    behind_after: 2d\n"
        "    streams:\n      tickets: {enabled: false}\n      notes: {access: [managers]}\n",
    )
    desk, slow = config.sources["desk"], config.sources["slow"]
    assert isinstance(desk.options, Desk)
    assert desk.options.token == "env:DESK"
    assert (desk.every, desk.behind_after) == (timedelta(minutes=30), timedelta(minutes=90))
    assert (slow.every, slow.behind_after) == (timedelta(hours=6), timedelta(days=2))
    assert (slow.enabled("tickets"), slow.enabled("notes")) == (False, True)
    assert (slow.access_to("notes"), slow.access_to("tickets")) == (["managers"], ["team:sales"])
    assert config.where("sources", "slow", "every") == "groundfact.yaml:9"


def test_attributes_are_changed_and_added(tmp_path: Path) -> None:
    """A partial attribute keeps the rest of the default; a new one gets a label from its name."""
    config = load(
        tmp_path,
        HEAD + "attributes:\n  account:\n    tier:\n"
        "      survivorship: [{type: system_of_record, sources: [crm]}, longest]\n"
        "      freshness: {type: fixed, fresh_for: 30d, must_revalidate: true}\n"
        "    annual_revenue: {survivorship: [max]}\n"
        "    annual_recurring_revenue: {type: number, sensitivity: restricted}\n"
        "kinds:\n  asset: {title: serial, attributes: {serial: {type: id, lookup: true}}}\n",
    )
    tier = config.vocabulary["account"].attributes["tier"]
    assert (tier.type, tier.label) == ("string", "Tier")
    revenue = config.vocabulary["account"].attributes["annual_revenue"]
    assert (revenue.type, revenue.label, revenue.sensitivity) == ("number", "Annual revenue", "confidential")
    assert [name for name, _ in config.chains["account"]["tier"]] == ["system_of_record", "longest"]
    rule = config.freshness["account"]["tier"]
    assert isinstance(rule, Built)
    assert rule.options.model_dump() == {"fresh_for": "30d", "must_revalidate": True}
    added = config.vocabulary["account"].attributes["annual_recurring_revenue"]
    assert (added.label, added.sensitivity) == ("Annual recurring revenue", "restricted")
    assert config.vocabulary["asset"].attributes["serial"].lookup


def test_a_principal_has_what_its_teams_have(tmp_path: Path) -> None:
    """Labels add up, the highest clearance counts, also through a team's team; everybody is in the workspace."""
    config = load(
        tmp_path,
        HEAD + "principals:\n"
        "  anna: {kind: person, teams: [sales], labels: [own], clearance: public}\n"
        "  sales: {kind: team, teams: [emea], labels: [deals], clearance: confidential}\n"
        "  emea: {kind: team, teams: [sales], labels: [europe], clearance: restricted}\n"
        "  bot: {kind: copilot}\n"
        "context: {default_principal: bot}\n",
    )
    anna = config.principal("anna")
    assert anna is not None
    told = {"told:anna", "told-team:sales", "told-team:emea"}
    assert anna.labels == {"own", "deals", "europe", "workspace", *told}
    assert anna.teams == {"sales", "emea"}
    assert anna.clearance == "restricted"
    assert config.principal() == Principal("bot", "copilot", frozenset({"workspace", "told:bot"}), "internal")
    with pytest.raises(UnknownName) as unknown:
        config.principal("ana")
    assert "anna" not in str(unknown.value)


def test_every_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    """One run shows all of them, in the order of the file, each with the nearest spelling."""
    text = """workspace: acme
principal: {}
sources:
  crm:
    type: desk
    acess: [workspace]
    token: env:ABC
    page_sze: 3
  support: {type: dsk, access: workspace}
  copilot_x: {type: desk, access: [workspace], token: "env:X", every: 15}
  Help: {type: desk, access: [], token: "env:X"}
principals:
  anna: {kind: persn}
schedule: {workers: 20}
network: {allow: ["https://crm.internal/x"]}
"""
    meaning = "Labels of those who may see its records; `[workspace]` means everybody in the workspace."
    host = "write a host like crm.internal or a host and port like 127.0.0.1:8080, without https:// and path"
    assert mistakes(tmp_path, text) == [
        "2: principal: this key is not known; did you mean 'principals'?",
        f"4: sources.crm: the key `access` is missing ({meaning})",
        "6: sources.crm.acess: this key is not known; did you mean 'access'?",
        "8: sources.crm.page_sze: this key is not known; did you mean 'page_size'?",
        "9: sources.support.access: should be a list; put [ ] around it",
        "9: sources.support.type: there is no connector 'dsk'; did you mean 'desk'?",
        "10: sources.copilot_x: 'copilot_x' is what groundfact calls a source of its own; choose another name",
        "10: sources.copilot_x.every: 15 is not a duration: write a number and a unit, like 15m, 6h, 30d, 18mo or 2y",
        "11: sources.Help: a name begins with a-z and goes on with a-z, 0-9, _ and -, up to 60 in all",
        "11: sources.Help.access: should not be empty",
        "13: principals.anna.kind: should be 'person', 'team' or 'copilot'; did you mean 'person'?",
        "14: schedule.workers: should be less than or equal to 16",
        f"15: network.allow[0]: {host}",
    ]


def test_every_wrong_name_is_told_with_its_line(tmp_path: Path) -> None:
    """Rules, matchers, kinds, attributes, teams, policies, renderers and principals that do not exist."""
    text = """workspace: acme
identity:
  acount: [shared_key]
  account:
  - {type: shared_key, attribute: domian}
  - shared_kee
  contact: [{type: shared_key}]
kinds:
  asset: {title: nme, attributes: {name: {survivorship: [mx]}}}
  account: {title: name, attributes: {name: {}}}
attributes:
  acount: {x: {}}
  account:
    tier:
      survivorship: [{type: system_of_record, sources: []}, most_recnt]
      freshness: {type: fixed, fresh_for: 3}
principals:
  anna: {kind: person, teams: [saels]}
  sales: {kind: team}
policies: [clearence]
context:
  renderer: markdwn
  default_principal: ana
  attributes: {account: [nmae], dael: [x]}
"""
    rule = "there is no survivorship rule 'most_recnt'; did you mean 'most_recent'?"
    duration = "3 is not a duration: write a number and a unit, like 15m, 6h, 30d, 18mo or 2y"
    assert mistakes(tmp_path, text) == [
        "3: identity.acount: no kind 'acount' is decided across sources; did you mean 'account'?",
        "5: identity.account[0]: account has no attribute 'domian'; did you mean 'domain'?",
        "6: identity.account[1]: there is no matcher 'shared_kee'; did you mean 'shared_key'?",
        "7: identity.contact[0]: the key `attribute` is missing (The attribute to compare)",
        "9: kinds.asset.title: 'nme' is not among its attributes; did you mean 'name'?",
        "9: kinds.asset.attributes.name.survivorship[0]: there is no survivorship rule 'mx'; did you mean 'max'?",
        "10: kinds.account: this kind exists; change it with `attributes: {account: …}`",
        "12: attributes.acount: there is no kind 'acount'; did you mean 'account'?",
        "15: attributes.account.tier.survivorship[0].sources: should not be empty",
        f"15: attributes.account.tier.survivorship[1]: {rule}",
        f"16: attributes.account.tier.freshness.fresh_for: {duration}",
        "18: principals.anna.teams: there is no team 'saels'; did you mean 'sales'?",
        "20: policies[0]: there is no policy 'clearence'; did you mean 'clearance'?",
        "22: context.renderer: there is no renderer 'markdwn'; did you mean 'markdown'?",
        "23: context.default_principal: nobody is called 'ana'; did you mean 'anna'?",
        "24: context.attributes: account has no attribute 'nmae'; did you mean 'name'?",
        "24: context.attributes: there is no kind 'dael'; did you mean 'deal'?",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\n", "the key `workspace` is missing"),
        (HEAD + "sources: [crm]\n", "2: sources: should be a mapping"),
        (HEAD + "sources: {crm: salesforce}\n", "sources.crm: should be a mapping"),
        (HEAD + "policies: clearance\n", "2: policies: should be a list; put [ ] around it"),
        ("workspace: 42\n", "1: workspace: should be a text; put quotes around it"),
        (HEAD + "context: {max_tokens: 5}\n", "context.max_tokens: should be greater than or equal to 100"),
        (HEAD + "sources: {people: {type: desk, access: [a], token: env:A}}\n", "'people' is what groundfact"),
        (HEAD + "sources: {x: {type: desk, access: ['a b'], token: env:A}}\n", "a label has neither spaces"),
        (HEAD + "sources: {x: {type: desk, access: [a], token: {a: 1}}}\n", "x.token: should be a"),
        (HEAD + "identity: {deal: []}\n", "no kind 'deal' is decided across sources; known: account, contact"),
    ],
)  # fmt: skip
def test_shapes_are_checked(tmp_path: Path, text: str, says: str) -> None:
    """What is a list, a mapping, a number or a text is said in those words."""
    assert says in "\n".join(mistakes(tmp_path, text))


def test_a_mistake_in_a_base_names_its_file(tmp_path: Path) -> None:
    """With overlays, each mistake carries the file that holds it."""
    (tmp_path / "base.yaml").write_text(HEAD + "schedule: {workers: 99}\n")
    path = tmp_path / "groundfact.yaml"
    path.write_text("extends: base.yaml\nschedule: {evry: 1h}\n")
    with pytest.raises(ConfigError) as refused:
        load_config(path, stand_ins())
    assert str(refused.value).splitlines() == [
        "base.yaml:2: schedule.workers: should be less than or equal to 16",
        "groundfact.yaml:2: schedule.evry: this key is not known; did you mean 'every'?",
    ]


def test_a_builder_with_a_bug_names_its_plugin(tmp_path: Path) -> None:
    """What is not the user's mistake is not told as one."""
    with pytest.raises(PluginError, match=r"'broken' of plugin stand_ins .*attributes\.account\.tier.*KeyError"):
        load(tmp_path, HEAD + "attributes: {account: {tier: {survivorship: [broken]}}}\n")


def test_a_mapping_is_merged_over_the_connectors(tmp_path: Path) -> None:
    """Keys merge, lists are replaced, null takes an attribute away, another type starts afresh."""
    config = load(
        tmp_path,
        HEAD + "sources:\n  desk:\n    type: desk\n    access: [workspace]\n    token: env:X\n    streams:\n"
        "      accounts: {mapping: {attributes: {tier: Tier__c, city: null}, text: []}}\n"
        "      others: {mapping: {type: other}}\n",
    )
    built = config.mapping_for("desk", spec())
    assert isinstance(built, Built)
    assert built.options == Fields(attributes={"name": "Name", "tier": "Tier__c"}, text=[])
    assert built.arguments == ("account", config.vocabulary)
    plain = config.mapping_for("desk", spec(name="people"))
    assert isinstance(plain, Built)
    assert plain.options.model_dump()["attributes"]["city"] == "City"
    other = config.mapping_for("desk", spec(name="others"))
    assert isinstance(other, Built)
    assert other.options.model_dump() == {}


def test_a_wrong_mapping_points_to_the_yaml(tmp_path: Path) -> None:
    """The line is that of the stream's mapping, or of the connector's option that carries it."""
    config = load(
        tmp_path,
        HEAD + "sources:\n  desk:\n    type: desk\n    access: [workspace]\n    token: env:X\n    streams:\n"
        "      accounts:\n        mapping: {attributes: {nmae: Name}}\n      a:\n        mapping: {atributes: {}}\n"
        "    lists:\n      b:\n        attributes: {name: [1]}\n",
    )
    with pytest.raises(ConfigError, match=r"^groundfact\.yaml:9: .*mapping: account has no attribute 'nmae'"):
        config.mapping_for("desk", spec())
    with pytest.raises(ConfigError, match=r"^groundfact\.yaml:11: .*did you mean 'attributes'"):
        config.mapping_for("desk", spec(name="a"))
    with pytest.raises(ConfigError, match=r"^groundfact\.yaml:14: sources\.desk\.lists\.b\.attributes\.name: "):
        config.mapping_for("desk", spec(name="b", mapping={"attributes": {"name": [1]}}))
    with pytest.raises(PluginError, match="'asset', a kind that does not exist"):
        config.mapping_for("desk", spec(kind="asset"))


def test_settings_for_a_stream_that_is_not_there_are_refused(tmp_path: Path) -> None:
    """A mistyped stream would silently keep its defaults, access labels included."""
    text = HEAD + "sources:\n  desk: {type: desk, access: [workspace], token: env:X, streams: {acounts: {}}}\n"
    config = load(tmp_path, text)
    with pytest.raises(ConfigError, match=r"^groundfact\.yaml:3: .*'acounts'; did you mean 'accounts'"):
        config.check_streams("desk", [spec(), spec(name="contacts")])


def test_the_digest_is_that_of_the_rules(tmp_path: Path) -> None:
    """Two spellings of the same rules have one digest; every change that could flip a winner has another."""
    key = "{type: shared_key, attribute: domain}"

    def rules(tier: str, identity: str = key) -> str:
        return f"attributes: {{account: {{tier: {{{tier}}}}}}}\nidentity: {{account: [{identity}]}}\n"

    same = [
        rules("survivorship: [most_recent]"),
        "# a comment\n" + rules("survivorship: [{type: most_recent}]") + "principals: {a: {kind: person}}\n",
        rules("label: Level"),
    ]
    other = [
        rules("survivorship: [longest]"),
        rules("survivorship: [most_recent, longest]"),
        rules("type: integer"),
        rules("freshness: {type: fixed, fresh_for: 1d}"),
        rules("lookup: true"),
        rules("", key.replace("domain", "phone")),
        rules("", ""),
        rules("") + "kinds: {asset: {title: name, attributes: {name: {}}}}\n",
    ]
    assert len({load(tmp_path, HEAD + text).digest for text in same}) == 1
    assert len({load(tmp_path, HEAD + text).digest for text in [same[0], *other]}) == 1 + len(other)


def test_blocked_plugins_are_not_loaded(tmp_path: Path) -> None:
    """Without given plugins those installed are taken, minus the ones that `plugins: {block: …}` names."""
    path = tmp_path / "groundfact.yaml"
    path.write_text(HEAD + "plugins: {block: [salesforce, hubspot, files, defaults]}\n")
    with pytest.raises(ConfigError, match="there is no renderer 'markdown'; there are none"):
        load_config(path)
