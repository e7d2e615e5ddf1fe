"""What commands leave behind: strict data in JSON, written whole or not at all, and its origin.

Every file goes to a temporary name first and is then renamed, so that nothing half-written is ever
read; a file that is missing, damaged or of another schema is refused in one line that says how to
renew it.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
)

from runs.fingerprint import ROOT, package_versions


class RecordError(ValueError):
    """A record that cannot be read or written, said in one line."""


class Model(BaseModel):
    """Immutable data that goes to JSON and comes back equal; its numbers are finite."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )


class Document(Model):
    """A record that is a file of its own; a kind of document gives its version a default."""

    schema_version: int


class Provenance(Model):
    """Where, with what and from which code a document was made."""

    python: str
    platform: str
    packages: dict[str, str]
    commit: str


MaybeNumber = Annotated[
    float,
    Field(allow_inf_nan=True),
    BeforeValidator(lambda value: math.nan if value is None else value),
    PlainSerializer(lambda value: value if math.isfinite(value) else None, when_used="json"),
]
"""A number, or NaN where there is none, which JSON has as null."""

Kind = TypeVar("Kind", bound=Document)


def origin(packages: Iterable[str]) -> dict[str, Any]:
    """The fields of a `Provenance` here and now, with the versions of `packages`."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": package_versions(packages),
        "commit": git_commit(),
    }


def git_commit() -> str:
    """The commit that the project is at, marked when files have changed since."""
    if not (ROOT / ".git").exists():
        return "unknown"  # installed, and what is around it is another project
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


def load_document(path: Path, kind: type[Kind], renew: str) -> Kind:
    """The document in a file, or a `RecordError` that says how to `renew` it."""
    expected = kind.model_fields["schema_version"].default
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version != expected:
            raise RecordError(f"{path}: expected schema version {expected}, got {version}; {renew}")
        return kind.model_validate(content)
    except FileNotFoundError:
        raise RecordError(f"{path}: not found; {renew}") from None
    except OSError as error:
        raise RecordError(f"{path}: cannot be read ({error.strerror}); {renew}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RecordError(f"{path}: {place}: {first['msg']}; {renew}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: damaged ({error}); {renew}") from None


def write_model(path: Path, model: Model) -> None:
    """Write `model` as JSON, whole or not at all."""
    write_atomically(path, model.model_dump_json(indent=1).encode())


def write_atomically(path: Path, content: bytes) -> None:
    """Write `content` to a temporary name beside `path`, then rename it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise RecordError(f"{path}: cannot be written ({error.strerror})") from None
