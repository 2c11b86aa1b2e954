"""What may be asked of each verb. The fields are the parameters of the `Memory` method of the same name."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

__all__ = [
    "LONGEST_QUESTION",
    "Ask",
    "ContextAsk",
    "CorrectAsk",
    "ForgetAsk",
    "IgnoreAsk",
    "KeepApartAsk",
    "MergeAsk",
    "PinAsk",
    "RememberAsk",
    "RememberedAsk",
    "ReviewAsk",
    "SearchAsk",
    "UnmergeAsk",
    "WhyAsk",
    "WhyLinkedAsk",
    "WorklistAsk",
    "WorkspaceContextAsk",
]

LONGEST_QUESTION = 4_000
_SAFE = 2**53 - 1
"""The largest whole number that every JSON reader keeps as it is."""


def _whole(value: Any) -> Any:
    """To JSON, 7 and 7.0 are the same whole number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole)
Named = Annotated[str, Field(min_length=1, max_length=500)]
Kind = Annotated[str, Field(min_length=1, max_length=60, description="What is asked about: account, contact, …")]
Question = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]
Attribute = Annotated[str, Field(min_length=1, max_length=60, description="Its name in the vocabulary, as in answers.")]
Number = Annotated[int, Field(ge=-_SAFE, le=_SAFE)]
Short = Annotated[str, Field(max_length=4_000)]
Value = Short | bool | Number | float | Annotated[list[Short | bool | Number | float], Field(max_length=200)]
KnownAt = Annotated[
    Annotated[int, Field(ge=0, le=_SAFE), WHOLE] | Annotated[str, Field(max_length=40)] | None,
    Field(description="Answer as of then: an ISO 8601 time, or the number of a commit."),
]
MaxAge = Annotated[
    Annotated[str, Field(max_length=40)] | None,
    Field(description="A value confirmed longer ago than this (7d) comes as the last known one, not confirmed."),
]
Tokens = Annotated[
    int, Field(ge=60, le=100_000, description="The most tokens the text may take; else the default."), WHOLE
]
Expires = Annotated[str, Field(max_length=40, description="When it ends: an ISO 8601 time or date, or like 30d.")]
AsOf = Annotated[
    Annotated[str, Field(max_length=40)] | None,
    Field(description="What was true in the world then: an ISO 8601 time. With known_at: as it was believed then."),
]
RulesOf = Annotated[
    Literal["then", "now"], Field(description="With known_at: by the rules that held then, or by those of now.")
]
WHO = "A name, a web domain, an e-mail address, an id from an earlier answer, or a source's own id."


class Ask(BaseModel):
    """Refuses what it does not know: a misspelt key must not silently mean nothing."""

    # Who asks is no field of any of them: a door knows that from the token or the command line.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class ContextAsk(Ask):
    """Whom to speak of, and what about."""

    account: Named = Field(description=WHO)
    question: Question | None = Field(default=None, description="What you want to know; adds texts that speak of it.")
    max_tokens: Tokens | None = None
    kind: Kind = "account"
    known_at: KnownAt = None
    max_age: MaxAge = None
    as_of: AsOf = None
    rules: RulesOf = "then"


class WorkspaceContextAsk(Ask):
    """What about."""

    question: Question | None = Field(default=None, description="What you want to know; adds texts that speak of it.")
    max_tokens: Tokens | None = None


class SearchAsk(Ask):
    """What to look for, and where."""

    question: Question = Field(description="Words that the texts should have.")
    account: Named | None = Field(default=None, description=f"Only texts about it. {WHO}")
    kind: Kind = "account"
    limit: Annotated[int, WHOLE] = Field(default=10, ge=1, le=50, description="How many texts at most.")
    known_at: KnownAt = None


class WhyAsk(Ask):
    """Which fact."""

    account: Named = Field(description=WHO)
    attribute: Attribute
    kind: Kind = "account"
    known_at: KnownAt = None
    max_age: MaxAge = None
    as_of: AsOf = None
    rules: RulesOf = "then"


class RememberAsk(Ask):
    """What to keep: a text, or the value of an attribute."""

    model_config = ConfigDict(json_schema_extra={"dependentRequired": {"attribute": ["value"]}})

    text: Annotated[str, Field(min_length=1, max_length=20_000)] | None = Field(
        default=None, description="What to keep, in a sentence that stands by itself."
    )
    about: Named | None = Field(default=None, description=f"{WHO} Without it: the workspace.")
    kind: Kind = "account"
    attribute: Attribute | None = Field(default=None, description="With `value`: the attribute that is told.")
    value: Value | None = Field(default=None, description="With `attribute`: its value; null: known to have none.")
    type: Literal["note", "preference", "instruction", "fact"] | None = Field(
        default=None, description="Of a text: note, where nothing is said. Of attribute and value: fact."
    )
    inferred: bool | None = Field(default=None, description="true: you concluded it; false: somebody said so.")
    scope: Literal["user", "team", "workspace"] = Field(default="workspace", description="Who will be told.")
    team: Annotated[str, Field(min_length=1, max_length=120)] | None = Field(
        default=None, description="Which team, with scope `team`."
    )
    expires: Expires | None = None

    @model_validator(mode="after")
    def _says_what(self) -> RememberAsk:
        # Left out by mistake, it would say that there is none.
        if "attribute" in self.model_fields_set and "value" not in self.model_fields_set:
            raise ValueError("an attribute needs its value; null says that it is known to have none")
        return self


class CorrectAsk(Ask):
    """Which fact is wrong, and what is right."""

    account: Named = Field(description=WHO)
    attribute: Attribute
    value: Value | None = Field(description="What is right; null: known to have none.")
    reason: Annotated[str, Field(min_length=1, max_length=500)] = Field(description="Who says so, or what shows it.")
    evidence: Annotated[str, Field(max_length=500)] | None = Field(
        default=None, description="Where that can be seen: an address, a document."
    )
    kind: Kind = "account"
    expires: Expires | None = None


Reason = Annotated[str, Field(min_length=1, max_length=500, description="Who says so, or what shows it.")]
Evidence = Annotated[str, Field(max_length=500, description="Where that can be seen: an address, a document.")]
Record = Annotated[str, Field(min_length=1, max_length=500, description="A name, an id, or a record like crm/42.")]
Source = Annotated[str, Field(min_length=1, max_length=500, description="A source, or a record of it like crm/42.")]
Listed = Annotated[int, WHOLE]


class PinAsk(Ask):
    """Which fact, and what to believe: a value that somebody says, or what a source says now."""

    account: Named = Field(description=WHO)
    attribute: Attribute
    value: Value | None = Field(default=None, description="The value to believe; somebody has to say it.")
    source: Source | None = None
    reason: Reason
    evidence: Evidence | None = None
    kind: Kind = "account"
    expires: Expires | None = None


class IgnoreAsk(Ask):
    """Whose value of which fact does not count."""

    account: Named = Field(description=WHO)
    attribute: Attribute
    source: Source
    reason: Reason
    evidence: Evidence | None = None
    kind: Kind = "account"
    expires: Expires | None = None


class WorklistAsk(Ask):
    """Which tasks."""

    kind: Kind = "account"
    only: Literal["contested", "conflict", "stale", "review", "merge"] | None = Field(
        default=None, description="One sort of task; else all, the worst first."
    )
    limit: Listed = Field(default=50, ge=1, le=500, description="How many at most.")


class ReviewAsk(Ask):
    """Which proposals."""

    kind: Kind = "account"
    limit: Listed = Field(default=50, ge=1, le=500, description="How many at most.")


class WhyLinkedAsk(Ask):
    """Which entity."""

    account: Named = Field(description=WHO)
    kind: Kind = "account"
    known_at: KnownAt = None


class MergeAsk(Ask):
    """Which two are one."""

    one: Record
    other: Record
    reason: Reason
    kind: Kind = "account"


class UnmergeAsk(Ask):
    """Which record is something else."""

    record: Record
    reason: Reason
    kind: Kind = "account"


class KeepApartAsk(Ask):
    """Which two are not the same."""

    one: Record
    other: Record
    reason: Reason
    kind: Kind = "account"
    withdraw: bool = Field(default=False, description="true: this is no longer said.")


class ForgetAsk(Ask):
    """Which memory."""

    memory_id: Annotated[str, Field(min_length=1, max_length=120)] = Field(
        description="The id that remember, correct or remembered gave."
    )
    reason: Annotated[str, Field(max_length=2_000)] = ""


class RememberedAsk(Ask):
    """About whom."""

    about: Named | None = Field(default=None, description=f"{WHO} Without it: everything you may see.")
    kind: Kind = "account"
