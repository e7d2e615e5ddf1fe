"""Writes the claims as static pages for a course's site: what the server shows but the boxes."""

from __future__ import annotations

import shutil
from itertools import groupby
from pathlib import Path

from verify.web.app import STATIC, TEMPLATES
from verify.web.findings import ClaimShown
from verify.web.work import ListClaims, ShowClaim


def export(folder: Path) -> int:
    """Write the pages into a folder, and return how many there are."""
    (folder / "claims").mkdir(parents=True, exist_ok=True)
    (folder / "static").mkdir(exist_ok=True)
    for name in ("page.css", "icon.svg"):
        shutil.copyfile(STATIC / name, folder / "static" / name)
    claims = ListClaims().settled()
    problems = [(problem, list(c)) for problem, c in groupby(claims, key=lambda c: c.problem)]
    _write(folder / "index.html", "homework.html", "", problems=problems, questions={})
    for named in claims:
        claim = ShowClaim(named.id).settled()
        assert isinstance(claim, ClaimShown)
        _write(folder / "claims" / f"{claim.id}.html", "claim.html", "../", claim=claim)
    return 1 + len(claims)


def _write(path: Path, template: str, root: str, **content) -> None:
    html = TEMPLATES.get_template(template).render(
        root=root, suffix=".html", is_exported=True, is_hidden=False, **content
    )
    path.write_text(html, encoding="utf-8")
