"""Reading secrets by reference. What a plaintext secret looks like is in `plaintext.py`."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from groundfact.config.plaintext import looks_like_secret
from groundfact.errors import SourceRefused

__all__ = ["looks_like_secret", "read_secret"]

_LARGEST = 64 * 1024
_MOUNTED = ("/run/secrets/", "/var/run/secrets/")
"""Where container engines mount secrets, with a mode that is not the reader's to choose."""


def read_secret(ref: str, environ: Mapping[str, str], folder: Path, where: str) -> str:
    """The secret behind `env:NAME`, `file:PATH` (relative to `folder`) or `keyring:SERVICE/NAME`.

    Raises SourceRefused naming the reference; the secret is in no message and in no chained exception.
    """
    kind, _, name = ref.partition(":")
    if kind == "env":
        secret = _from_environment(name, environ, where)
    elif kind == "file":
        secret = _from_file(name, folder, where)
    elif kind == "keyring":
        secret = _from_keyring(name, where)
    else:
        raise SourceRefused(
            f"{where}: a secret is not written as a reference",
            hint="write env:NAME, file:PATH or keyring:SERVICE/NAME",
        )
    if not secret.strip():
        raise SourceRefused(f"{where}: the secret {ref} is empty", hint=f"put the secret behind {ref}")
    return secret


def _from_environment(name: str, environ: Mapping[str, str], where: str) -> str:
    if name not in environ:
        raise SourceRefused(
            f"{where}: the environment variable {name} is not set", hint=f"export {name}=… and try again"
        )
    return environ[name].strip("\r\n")


def _from_file(name: str, folder: Path, where: str) -> str:
    path = folder / Path(name).expanduser()
    reason = ""
    try:
        found = path.stat()
        _check_file(found, path, f"file:{name}", where)
        content = path.read_bytes()[: _LARGEST + 1]
    except OSError as error:
        reason = error.strerror or type(error).__name__
    if reason:
        raise SourceRefused(
            f"{where}: file:{name} cannot be read ({reason}; looked in {folder})",
            hint="put the secret there, or mend the path (it is relative to the YAML's folder)",
        )
    text = _decoded(content)
    if text is None:
        raise SourceRefused(f"{where}: file:{name} is not UTF-8 text", hint="save the secret as text")
    return text.strip("\r\n")


def _check_file(found: os.stat_result, path: Path, ref: str, where: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SourceRefused(f"{where}: {ref} is not a file", hint="name a file that holds the secret")
    if found.st_size > _LARGEST:
        raise SourceRefused(
            f"{where}: {ref} is larger than 64 KB", hint="a secret's file holds the secret, nothing else"
        )
    if os.name == "posix" and found.st_mode & 0o077 and not str(path).startswith(_MOUNTED):
        raise SourceRefused(f"{where}: others may read {ref}", hint=f"run: chmod 600 {path}")


def _decoded(content: bytes) -> str | None:
    # Not raised from the handler: the decoder's error carries the bytes.
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _from_keyring(name: str, where: str) -> str:
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise SourceRefused(f"{where}: keyring:{name} names no entry", hint="write keyring:SERVICE/NAME")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SourceRefused(
            f"{where}: keyring:{name} needs the keyring package",
            hint="pip install 'groundfact[keyring]', or use env: or file:",
        ) from None
    try:
        secret = keyring.get_password(service, user)
    except KeyringError as error:
        raise SourceRefused(
            f"{where}: the system's keyring did not give keyring:{name} ({type(error).__name__})",
            hint="unlock it or set one up (`keyring diagnose`), or use env: or file:",
        ) from None
    if secret is None:
        raise SourceRefused(f"{where}: the keyring holds no keyring:{name}", hint=f"run: keyring set {service} {user}")
    return str(secret)
