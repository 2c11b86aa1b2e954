"""What the description promises is what comes, for requests that fit it and requests that do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from support.serving import TOKENS, lab_with_secrets, served

from groundfact.doors.verbs import VERBS

BEARER = {"Authorization": f"Bearer {TOKENS['ALL']}"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, blank_store: Any) -> Iterator[Any]:
    """The description of a server that runs."""
    with served(lab_with_secrets(tmp_path_factory.mktemp("api"), blank_store)) as running:
        yield schemathesis.openapi.from_url(f"{running.url}/openapi.json")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "not fitting"])
@pytest.mark.parametrize("verb", VERBS)
def test_every_answer_is_one_that_was_promised(api: Any, verb: str, mode: GenerationMode) -> None:
    """Status, content type and body are described; nonsense is refused, good questions are not; no answer is a 500."""
    codes: set[int] = set()

    @given(case=api[f"/v1/{verb}"]["POST"].as_strategy(generation_mode=mode))
    @settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def asked(case: Any) -> None:
        # A time that is none, or a question without sense, is refused although it has the form that is described.
        told = case.call_and_validate(headers=BEARER, excluded_checks=[positive_data_acceptance])
        codes.add(told.status_code)
        assert mode is not GenerationMode.POSITIVE or "errors" not in told.json()

    asked()
    assert codes
    assert not codes & {500, 503}
