"""The claims, one table per subject, in the order of the homework's problems."""

from __future__ import annotations

from fnmatch import fnmatchcase
from importlib import import_module

from verify.checking.claim import Claim

SUBJECTS = (
    "softmax",
    "least_squares",
    "huber",
    "adam",
    "momentum",
    "initialization",
    "layers",
)


def claims_matching(pattern: str = "*") -> list[Claim]:
    """The claims whose id matches a shell pattern; a subject that cannot match is not imported."""
    found = []
    for subject in SUBJECTS:
        if _may_match(subject, pattern):
            module = import_module(f"verify.claims.{subject}")
            found += [claim for claim in module.CLAIMS if fnmatchcase(claim.id, pattern)]
    return found


def claim_named(claim_id: str) -> Claim:
    """The claim of that id; raises `KeyError`."""
    for claim in claims_matching(claim_id):
        return claim
    raise KeyError(claim_id)


def _may_match(subject: str, pattern: str) -> bool:
    """Whether an id of the subject could match: the pattern up to its first wildcard decides."""
    fixed = pattern.split("*")[0].split("?")[0].split("[")[0]
    return f"{subject}.".startswith(fixed) or fixed.startswith(f"{subject}.")
