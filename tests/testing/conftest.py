"""Fakes over a small world, and the real SDKs aimed at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from hubspot import HubSpot
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld


class Loopback(HTTPAdapter):
    """simple-salesforce insists on https; the fake speaks plain http on this machine."""

    def __init__(self, port: str) -> None:
        super().__init__()
        self.port = port

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send the request to the fake instead."""
        path = (request.url or "").removeprefix("https://").partition("/")[2]
        request.url = f"http://127.0.0.1:{self.port}/{path}"
        return super().send(request, *args, **kwargs)


@pytest.fixture
def world() -> FictionalWorld:
    """A small world, the same for every test."""
    return FictionalWorld()


@pytest.fixture
def salesforce(world: FictionalWorld) -> Iterator[FakeSalesforce]:
    """A running org with small pages."""
    with FakeSalesforce(world, min_batch=5) as vendor:
        yield vendor


@pytest.fixture
def hubspot(world: FictionalWorld) -> Iterator[FakeHubSpot]:
    """A running portal."""
    with FakeHubSpot(world) as vendor:
        yield vendor


@pytest.fixture
def loopback(salesforce: FakeSalesforce) -> requests.Session:
    """A session that reaches the fake org whatever https address it is given."""
    session = requests.Session()
    session.mount("https://", Loopback(salesforce.url.rpartition(":")[2]))
    return session


@pytest.fixture
def connect(salesforce: FakeSalesforce, loopback: requests.Session) -> Callable[[], Salesforce]:
    """simple-salesforce with the session id that works at that time."""

    def make() -> Salesforce:
        return Salesforce(
            instance_url=salesforce.url, session_id=salesforce.session_id, version="60.0", session=loopback
        )

    return make


@pytest.fixture
def sf(connect: Callable[[], Salesforce]) -> Salesforce:
    """simple-salesforce, connected."""
    return connect()


@pytest.fixture
def hs(hubspot: FakeHubSpot) -> HubSpot:
    """The HubSpot SDK, aimed at the fake."""
    return HubSpot(access_token=hubspot.access_token, host=hubspot.url, retry=False)


@pytest.fixture
def get(salesforce: FakeSalesforce) -> Callable[..., requests.Response]:
    """A plain GET on the org with a valid session."""

    def fetch(path: str, **params: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {salesforce.session_id}"}
        return requests.get(salesforce.url + path, params=params, headers=headers, timeout=5)

    return fetch
