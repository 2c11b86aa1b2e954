"""The stages of deals and the owners: what belongs to the account as a whole."""

from __future__ import annotations

from typing import Any

from groundfact.model import Record

from .conftest import Copy, Desk
from .test_store import Office, office

__all__ = ["office"]
RENEWALS: dict[str, Any] = {
    "id": "4711", "label": "Renewals", "displayOrder": 1, "archived": False,
    "stages": [
        {"id": "1", "label": "Open", "displayOrder": 0, "archived": False, "metadata": {"probability": "0.55"}},
        {"id": "2", "label": "Old", "displayOrder": 1, "archived": True, "metadata": {"probability": "0.1"}},
    ],
}  # fmt: skip


def test_every_stage_of_every_pipeline_is_a_record(desk: Desk, copy: Copy) -> None:
    """Name, pipeline and place come with the stage; probability is a percentage; what is archived is left out."""
    desk.vendor.pipelines.append(RENEWALS)
    desk.vendor.pipelines.append({**RENEWALS, "id": "9", "archived": True})
    desk.sync("stages", copy)
    assert list(copy.records) == [
        "default:appointmentscheduled", "default:qualifiedtobuy", "default:presentationscheduled",
        "default:contractsent", "default:closedwon", "default:closedlost", "4711:1",
    ]  # fmt: skip
    won, renewal = copy.records["default:closedwon"].data, copy.records["4711:1"].data
    assert (won["label"], won["pipeline"]["label"], won["position"]) == ("Closed Won", "Sales Pipeline", 4)
    assert (won["is_closed"], won["probability"]) == (True, 100.0)
    assert (renewal["is_closed"], renewal["probability"]) == (None, 55.0)


def test_a_pipeline_that_cannot_be_read_is_a_reject_without_a_name(desk: Desk, copy: Copy) -> None:
    """It may hold any of the stages that are missing, so that none of them is taken for gone."""
    desk.vendor.pipelines.append({"id": "9", "label": "Broken"})
    desk.vendor.pipelines.append({**RENEWALS, "stages": [{"id": "3", "metadata": {}}]})
    desk.sync("stages", copy)
    assert [(reject.id, bool(reject.raw)) for reject in copy.rejects] == [(None, True), (None, True)]
    assert len(copy.records) == 6


def test_owners_are_teammates_with_their_team(desk: Desk, copy: Copy) -> None:
    """Everybody who owns records and has not left, with address and the name of the main team; a queue is nobody."""
    rows = [row for row in desk.world.views["hubspot"].rows("owners") if row.deleted is None]
    rows[-1].fields["type"] = "QUEUE"
    desk.sync("owners", copy)
    assert list(copy.records) == [row.id for row in rows[:-1]]
    dana = next(row.data for row in copy.records.values() if row.data["name"] == "Dana Whitlock")
    assert dana["email"] == "dana.whitlock@northlane.example"
    assert {row.data["team"] for row in copy.records.values()} == {"Key accounts", None}


def test_both_are_read_in_one_call_each(desk: Desk, copy: Copy) -> None:
    """What a run of the two short streams costs."""
    desk.sync("stages", copy)
    desk.sync("owners", copy)
    assert [call.path.rstrip("/") for call in desk.vendor.calls] == ["/crm/v3/pipelines/deals", "/crm/v3/owners"]


def test_every_field_is_discovered(desk: Desk) -> None:
    """What `discover` lists is what the records hold."""
    for stream in ("stages", "owners"):
        (batch,) = desk.batches(stream, fields=[])
        record = batch.rows[0]
        assert isinstance(record, Record)
        held = {
            f"{name}.{part}" if isinstance(value, dict) else name
            for name, value in record.data.items()
            for part in (value if isinstance(value, dict) else [""])
        }
        assert {item.field for item in desk.source.discover({stream: []})} == held


def test_the_store_follows_stages_and_owners(office: Office) -> None:
    """A stage that is taken away, and an owner who leaves, is gone after the next run; a new name is there."""
    default = office.vendor.pipelines[0]
    assert len(office.believed("stages")) == 6
    default["stages"] = default["stages"][1:]
    default["stages"][0]["label"] = "Needs clarified"
    owner = next(row for row in office.vendor.world.views["hubspot"].rows("owners") if row.deleted is None)
    owner.deleted = office.vendor.world.now
    office.sync(0.1)
    assert (len(office.believed("stages")), owner.id in office.believed("owners")) == (5, False)
    groups = office.memory.workspace_context().data["groups"]
    assert [stage["name"] for stage in groups["stage"]["shown"]][:2] == ["Needs clarified", "Proposal/Price Quote"]
