"""What is gone is told as gone, with the reason."""

from __future__ import annotations

from datetime import timedelta


def _accounts(org):
    return [row.id for row in org.world.records("salesforce", "Account")]


def test_deleted(org):
    """A deleted record is told as deleted, with the time."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    org.world.advance(hours=2)
    victim = _accounts(org)[4]
    org.world.delete_record("salesforce", "Account", victim)
    org.world.advance(hours=1)
    org.sync(connector, "accounts", cursor)

    assert org.gone[victim].why == "deleted"
    assert org.gone[victim].at == org.world.record("salesforce", "Account", victim).modified
    assert set(org.records) == org.ids("accounts")


def test_merged(org):
    """The loser of a merge names the winner, and its contacts hang on the winner."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    people = org.sync(connector, "contacts")
    org.world.advance(hours=2)
    winner, loser = _accounts(org)[1:3]
    org.world.merge_accounts_in_salesforce(winner, loser)
    org.sync(connector, "accounts", cursor)
    org.sync(connector, "contacts", people)

    assert (org.gone[loser].why, org.gone[loser].into) == ("merged", winner)
    assert loser not in {record.data.get("AccountId") for record in org.records.values()}


def test_undeleted(org):
    """A record taken out of the recycle bin comes back."""
    connector = org.connector()
    victim = _accounts(org)[4]
    org.world.delete_record("salesforce", "Account", victim)
    cursor = org.sync(connector, "accounts")
    assert victim in org.gone
    org.world.advance(hours=2)
    org.world.restore_record("salesforce", "Account", victim)
    org.sync(connector, "accounts", cursor)

    assert victim in org.records
    assert victim not in org.gone


def test_ids_are_those_that_are_there(org):
    """The id listing holds every record that is there and no deleted one, in any page size."""
    org.world.delete_record("salesforce", "Account", _accounts(org)[0])
    for batch_size in (1, 6, 2000):
        pages = list(org.connector(batch_size=batch_size).ids(org.spec("accounts")))
        listed = [key for page in pages for key in page]
        assert len(listed) == len(set(listed))
        assert set(listed) == org.ids("accounts")


def test_ids_of_an_empty_object(org):
    """An object without records has an id listing that ends cleanly, with none."""
    for key in _accounts(org):
        org.world.delete_record("salesforce", "Account", key)

    assert [key for page in org.connector().ids(org.spec("accounts")) for key in page] == []


def test_purged_record_is_missing_from_the_ids(org):
    """What was removed from the recycle bin before we looked is found by the id listing alone."""
    connector = org.connector()
    cursor = org.sync(connector, "accounts")
    victim = _accounts(org)[4]
    org.world.delete_record("salesforce", "Account", victim)
    org.world.purge_record("salesforce", "Account", victim)
    org.world.advance(hours=1)
    org.sync(connector, "accounts", cursor)

    assert victim in org.records
    assert victim not in {key for page in connector.ids(org.spec("accounts")) for key in page}


def test_full_read_is_due_before_the_bin_is_emptied(org):
    """A full read comes round twice before Salesforce empties its recycle bin after 15 days."""
    fed = [spec for spec in org.connector().streams() if spec.deletes == "inline"]
    related = ["contact_roles", "employments", "account_roles"]
    assert [spec.name for spec in fed] == ["accounts", "contacts", "opportunities", *related]
    assert all(2 * spec.full_every < timedelta(days=15) for spec in fed)
