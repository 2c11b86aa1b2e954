"""`groundfact serve` starts where it is safe to, says why not where it is not, and stops when it is told to."""

from __future__ import annotations

import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from support.serving import TOKENS, serving_process

from groundfact.cli.main import main
from groundfact.errors import ConfigError, UsageError

YAML = """
workspace: small
sources:
  crm:
    type: files
    access: [workspace]
    files:
      accounts: {path: crm.csv, kind: account, id: id, attributes: {name: name}}
principals: {anna: {kind: person}, bot: {kind: copilot}}
"""
TOKEN = "server: {tokens: [{token: env:BOT, principal: bot}]}\n"


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small company; nothing synced."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BOT", TOKENS["ALL"])
    monkeypatch.setenv("SHORT", "0123456789abcdef012")
    (tmp_path / "crm.csv").write_text("id,name\n1,Acme\n")
    return tmp_path


def _started(folder: Path, more: str, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    (folder / "groundfact.yaml").write_text(YAML + more)
    return main(["serve", "--port", "0", *args]), capsys.readouterr().err


ANON = "server: {anonymous: bot%s}\n"
TWICE = "server: {tokens: [{token: env:BOT, principal: bot}, {token: env:BOT, principal: anna}]}\n"
REFUSED: list[tuple[str, tuple[str, ...], type[Exception] | int, str]] = [
    ("", (), UsageError, "nobody could ask: `server:` has no tokens"),
    (ANON % "", ("--host", "0.0.0.0"), UsageError, "others than this machine could reach it"),
    (ANON % ", host: 192.0.2.7", (), UsageError, "others than this machine could reach it"),
    (ANON % ", allowed_hosts: [memory.acme.example]", (), UsageError, "others than this machine could reach it"),
    (TOKEN, ("--host", "0.0.0.0"), UsageError, "needs `server: allowed_hosts`"),
    (TOKEN, ("--host", "::"), UsageError, "needs `server: allowed_hosts`"),
    (TOKEN, ("--host", "192.0.2.7"), UsageError, "cannot listen on 192.0.2.7:0"),
    (TOKEN, ("--host", "no such host"), UsageError, "cannot listen on no such host:0"),
    (
        TOKEN.replace("BOT", "SHORT"),
        (),
        ConfigError,
        "groundfact.yaml:10: the token behind env:SHORT has fewer than 20",
    ),
    (TOKEN.replace("BOT", "ABSENT"), (), 3, "groundfact.yaml:10: the environment variable ABSENT is not set"),
    (TWICE, (), ConfigError, "groundfact.yaml:10: the token behind env:BOT is listed twice"),
    (
        TOKEN.replace("principal: bot", "principal: bott"),
        (),
        ConfigError,
        "nobody is called 'bott'; did you mean 'bot'",
    ),
    (ANON.replace("bot", "annna") % "", (), ConfigError, "nobody is called 'annna'; did you mean 'anna'"),
    (TOKEN.replace("bot}", "bot, expires: soon}"), (), ConfigError, "'soon' is not a time"),
    (TOKEN.replace("env:BOT", "hunter2hunter2hunter2"), (), ConfigError, "looks like a secret"),
    ("server: {allowed_origins: ['https://desk.example/path'], tokens: []}\n", (), ConfigError, "without a path"),
    ("server: {allowed_hosts: ['https://desk.example'], tokens: []}\n", (), ConfigError, "without https:// and path"),
]


@pytest.mark.parametrize(("more", "args", "why", "said"), REFUSED, ids=[case[3] for case in REFUSED])
def test_what_is_not_safe_does_not_start(
    company: Path, capsys: pytest.CaptureFixture[str], more: str, args: tuple[str, ...], why: object, said: str
) -> None:
    """It ends with the error's exit code and a sentence that says what is wrong, and no secret is in it."""
    code, err = _started(company, more, capsys, *args)
    assert said in err
    assert code == (why if isinstance(why, int) else why.exit_code)  # type: ignore[attr-defined]
    assert TOKENS["ALL"] not in err
    assert "Traceback" not in err


def test_an_address_in_use_is_named(company: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where somebody listens already, it says so and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, err = _started(company, TOKEN, capsys, "--port", port)
    assert (code, f"cannot listen on 127.0.0.1:{port} (Address already in use)" in err) == (2, True)
    assert "--port" in err


def test_without_its_packages_it_names_the_extra(
    company: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the extra is not installed, the answer is what to install."""
    parts = (
        ("serve", "server", "uvicorn", "groundfact.serving.run"),
        ("mcp", "mcp", "mcp.server", "groundfact.mcp.server"),
    )
    for command, extra, missing, ours in parts:
        with monkeypatch.context() as without:
            without.delitem(sys.modules, ours, raising=False)
            without.setitem(sys.modules, missing, None)
            assert main([command]) == 2
        said = capsys.readouterr().err
        assert f"this needs {missing.partition('.')[0]}" in said
        assert f"pip install 'groundfact[{extra}]'" in said


def test_it_listens_on_this_machine_alone(company: Path) -> None:
    """Nothing else said, it is bound to loopback, and to no other address of the machine."""
    (company / "groundfact.yaml").write_text(YAML + TOKEN)
    assert main(["sync"]) == 0
    with serving_process(company, BOT=TOKENS["ALL"]) as (server, _):
        assert server.url.startswith("http://127.0.0.1:")
        assert server.post("context", {"account": "Acme"}).status == 200
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", server.port), timeout=5)


def test_who_asks_without_a_token_is_who_the_configuration_says(company: Path) -> None:
    """With `anonymous` on loopback no token is needed; a wrong one is still refused, not overlooked."""
    (company / "groundfact.yaml").write_text(YAML + ANON % "")
    assert main(["sync"]) == 0
    with serving_process(company) as (server, _):
        told = server.post("context", {"account": "Acme"}, None)
        assert (told.status, told.json["data"]["principal"]) == (200, "bot")
        assert server.post("context", {"account": "Acme"}, "unknown-0123456789abcdef").status == 401


def test_it_syncs_in_turn_unless_it_is_told_not_to(company: Path) -> None:
    """A company that was never synced is read while it is served; with `--no-sync` it is left to somebody else."""
    (company / "groundfact.yaml").write_text(YAML + TOKEN)
    with serving_process(company, "--no-sync", BOT=TOKENS["ALL"]) as (server, _):
        told = [server.post("context", {"account": "Acme"}).status for _ in range(50)]
        assert set(told) == {404}
    with serving_process(company, BOT=TOKENS["ALL"]) as (server, _):
        until = time.monotonic() + 60
        while server.post("context", {"account": "Acme"}).status == 404:
            assert time.monotonic() < until


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_stops_when_it_is_told_to(company: Path, sent: signal.Signals, code: int) -> None:
    """SIGTERM ends it with 0, Ctrl-C with 130; the store is closed, and nothing that was sent is in what it said."""
    (company / "groundfact.yaml").write_text(YAML + TOKEN)
    assert main(["sync"]) == 0
    with serving_process(company, BOT=TOKENS["ALL"]) as (server, process):
        assert server.post("context", {"account": "Acme"}).status == 200
        assert server.send("POST", f"/v1/context?token={TOKENS['ALL']}", {}, b"{}").status == 401
        assert server.post("context", {"account": "Kanarienvogel"}).status == 404
        process.send_signal(sent)
        out, err = process.communicate(timeout=30)
    assert process.returncode == code
    assert out == ""
    assert not any(word in err for word in (TOKENS["ALL"], "Kanarienvogel", "Traceback", "/v1/context"))
    assert sorted(path.name for path in company.glob("groundfact.db*")) == ["groundfact.db"]
