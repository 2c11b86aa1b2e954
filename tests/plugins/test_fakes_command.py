"""`groundfact fakes`: vendors to write against."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from urllib.request import Request, urlopen

from ruamel.yaml import YAML
from support.command_line import environment

PROGRAM = """
import typer
from groundfact.plugins import Plugins
app = typer.Typer()
app.command("other")(lambda: None)
Plugins().register_commands(app)
app(["fakes", "--companies", "3", "--seed", "5"])
"""


def test_the_fakes_run_until_ctrl_c_and_say_how_to_use_them() -> None:
    """The printed YAML and tokens are those of servers that answer; Ctrl-C ends them without an error."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout
        lines = []
        while not lines or not lines[-1].startswith("network:"):
            lines.append(process.stdout.readline())
            assert lines[-1], "".join(lines)
        settings = YAML(typ="safe").load("".join(lines[lines.index("In groundfact.yaml:\n") + 1 :]))
        token = next(line for line in lines if "FAKE_HUBSPOT_TOKEN='" in line).split("'")[1]
        url = settings["sources"]["marketing"]["base_url"]
        request = Request(f"{url}/crm/v3/objects/companies?limit=1", headers={"Authorization": f"Bearer {token}"})
        with urlopen(request, timeout=10) as answer:
            assert len(json.load(answer)["results"]) == 1
        process.send_signal(signal.SIGINT)
        assert "stopped" in process.communicate(timeout=20)[0]
    assert process.returncode == 0
