"""Secrets: read by reference, refused in plain text, repeated nowhere."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tests.config.plaintexts import CLEAN, SECRETS, drawn

from groundfact.config.load import load_document
from groundfact.config.plaintext import looks_like_secret
from groundfact.config.secrets import read_secret
from groundfact.errors import ConfigError, SourceRefused
from groundfact.model import SecretRef

CANARY = "c4n4ry-V3ryS3cr3t"


def read(ref: str, folder: Path, **environ: str) -> str:
    """Read a reference as a source called crm would."""
    return read_secret(SecretRef(ref), environ, folder, "sources.crm")


def chain(error: BaseException | None) -> str:
    """Everything an error and its causes would print."""
    text = ""
    while error is not None:
        text += f"{error!s} {error!r} {getattr(error, 'object', b'')!r}\n"
        error = error.__cause__ or error.__context__
    return text


def test_an_environment_variable_is_read(tmp_path: Path) -> None:
    """`env:NAME` is the variable's value, without the newline that shells add."""
    assert read("env:CRM", tmp_path, CRM=f"{CANARY}\n") == CANARY


def test_a_file_is_read_from_the_folder_of_the_yaml(tmp_path: Path) -> None:
    """`file:PATH` is relative to the YAML, and its last newline is not part of the secret."""
    (tmp_path / "keys").mkdir()
    file = tmp_path / "keys" / "crm"
    file.write_text(f"line 1\n{CANARY}\r\n")
    file.chmod(0o600)
    assert read("file:keys/crm", tmp_path) == f"line 1\n{CANARY}"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o622])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A secret that the group or the world can read is refused with the command that mends it."""
    file = tmp_path / "crm"
    file.write_text(CANARY)
    file.chmod(mode)
    with pytest.raises(SourceRefused, match="chmod 600") as refused:
        read("file:crm", tmp_path)
    assert CANARY not in chain(refused.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"x" * 65537, "64 KB"), (b"\xff\xfe" + CANARY.encode(), "UTF-8"), (b" \n", "empty")],
)
def test_what_is_no_secret_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """A huge, binary or empty file is a mistake, and the error holds none of its bytes."""
    file = tmp_path / "crm"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(SourceRefused, match=says) as refused:
        read("file:crm", tmp_path)
    assert CANARY not in chain(refused.value)


@pytest.mark.parametrize(
    ("ref", "says"),
    [
        ("env:CRM", "environment variable CRM is not set"),
        ("file:none", "file:none cannot be read"),
        ("file:.", "file:. is not a file"),
        ("keyring:crm", "write keyring:SERVICE/NAME"),
        (CANARY, "not written as a reference"),
    ],
)
def test_a_missing_secret_names_the_reference_and_nothing_else(tmp_path: Path, ref: str, says: str) -> None:
    """The refusal names the source and the reference; neighbouring secrets stay where they are."""
    with pytest.raises(SourceRefused, match=says) as refused:
        read(ref, tmp_path, OTHER=CANARY)
    assert "sources.crm" in str(refused.value)
    assert CANARY not in chain(refused.value)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A named pipe would block for ever: it is refused unread."""
    os.mkfifo(tmp_path / "crm", 0o600)
    with pytest.raises(SourceRefused, match="is not a file"):
        read("file:crm", tmp_path)


def test_without_the_keyring_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`keyring:` needs an extra, and the error says how to install it."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SourceRefused, match=r"groundfact\[keyring\]"):
        read("keyring:crm/token", tmp_path)


def test_a_keyring_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`keyring:SERVICE/NAME` is looked up in the backend that the keyring package chose."""
    keyring = pytest.importorskip("keyring")
    backend = pytest.importorskip("keyring.backend")

    class Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return CANARY if (service, username) == ("crm/eu", "token") else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

        def delete_password(self, service: str, username: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        assert read("keyring:crm/eu/token", tmp_path) == CANARY
        with pytest.raises(SourceRefused, match="holds no keyring:crm/other"):
            read("keyring:crm/other", tmp_path)
    finally:
        keyring.set_keyring(before)


def test_200_of_200_plaintext_secrets_are_refused_and_not_repeated(tmp_path: Path) -> None:
    """A YAML with a secret in it does not load, and the error does not carry the secret on."""
    path = tmp_path / "groundfact.yaml"
    for key, value in drawn(SECRETS, 200):
        path.write_text(f"workspace: acme\nsources:\n  crm:\n    {key}: {json.dumps(value)}\n")
        with pytest.raises(ConfigError) as refused:
            load_document(path)
        assert refused.value.where == "groundfact.yaml:4"
        assert value not in chain(refused.value)
        assert value[-8:] not in str(refused.value)


def test_0_of_200_clean_values_are_refused(tmp_path: Path) -> None:
    """References, paths, ids, field names, patterns and prose are not taken for secrets."""
    path = tmp_path / "groundfact.yaml"
    for key, value in drawn(CLEAN, 200):
        path.write_text(f"workspace: acme\nsources:\n  crm:\n    {key}: {json.dumps(value)}\n")
        assert load_document(path).data["sources"]["crm"][key] == value


@pytest.mark.parametrize("below", ["mapping", "attributes", "kinds"])
def test_a_field_may_be_called_a_key(tmp_path: Path, below: str) -> None:
    """Below `mapping`, `attributes` and `kinds` a name like license_key is a word of the user, no secret."""
    path = tmp_path / "groundfact.yaml"
    path.write_text(f"{below}: {{account: {{license_key: License_Key__c, token: Token__c}}}}\n")
    assert load_document(path).data[below]["account"]["token"] == "Token__c"
    path.write_text(f"{below}: {{account: {{token: ghp_{'a1B2' * 9}}}}}\n")
    with pytest.raises(ConfigError, match="GitHub"):
        load_document(path)


def test_a_secret_in_a_key_a_list_a_variable_or_from_outside_is_seen(tmp_path: Path) -> None:
    """Wherever the secret stands, also when `--set` brings it, the file is refused."""
    path = tmp_path / "groundfact.yaml"
    token = f"ghp_{'a1B2' * 9}"
    for text in (
        f"{token}: 1",
        f"a: [[x, {token}]]",
        f"variables: {{a: {token}}}",
        f"a: {{b: {{c: {token}}}}}",
    ):
        path.write_text(text)
        with pytest.raises(ConfigError, match="GitHub") as refused:
            load_document(path)
        assert token not in str(refused.value)
    path.write_text("variables: {a: x}\nb: ${a}\n")
    with pytest.raises(ConfigError, match=r"groundfact\.yaml:2.*GitHub") as refused:
        load_document(path, variables={"a": token})
    assert token not in str(refused.value)


def test_the_parser_does_not_quote_the_file(tmp_path: Path) -> None:
    """A syntax error beside a secret says the line, never its text."""
    path = tmp_path / "groundfact.yaml"
    for text in (f'token: "{CANARY}', f"token: {CANARY}: x", f"a: 1\ntoken: {CANARY}\ntoken: {CANARY}\n"):
        path.write_text(text)
        with pytest.raises(ConfigError) as refused:
            load_document(path)
        assert CANARY not in chain(refused.value)


def test_what_it_looks_like_is_said() -> None:
    """The error names the kind of secret, so that one knows what to revoke."""
    assert looks_like_secret("pat-na1-11111111-2222-3333-4444-555555555555") == "a HubSpot token"
    assert looks_like_secret("hunter2", "db_password") == "a secret (by its name)"
    assert looks_like_secret("hunter2") == ""
