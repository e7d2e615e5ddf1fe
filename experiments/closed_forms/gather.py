"""The scores of each family, what is not decided, and what is decided wrongly."""

from collections.abc import Iterator
from statistics import median

from experiments.closed_forms.design import DISPUTES, LONG
from experiments.closed_forms.result import (
    ClosedFormsResult,
    ClosedFormsRun,
    Dispute,
    Form,
    Judged,
    Open,
    Score,
)
from experiments.framework.results import Measure, Provenance


def gather(provenance: Provenance, runs: list[ClosedFormsRun]) -> ClosedFormsResult:
    """The counts by family and over all, with those that matter in the summary."""
    forms = [form for run in runs for form in run.forms]
    disputes = [dispute for run in runs for dispute in run.disputes]
    total = score(forms)
    seconds = sorted(form.given.seconds for form in forms)
    counts = {
        "given gradients": total.forms,
        "proved": total.proved,
        "derived and proved": total.derived,
        "wrong gradients": total.wrong,
        "refuted": total.refuted,
        "SymPy: right": total.sympy_right,
        "SymPy: silently wrong": total.sympy_silent,
        "SymPy: no answer": total.sympy_none,
    }
    decided = sum(dispute.claimed.verdict == dispute.expected for dispute in disputes)
    summary = {name: Measure(values=[count]) for name, count in counts.items()}
    summary["disputes decided rightly"] = Measure(values=[decided])
    summary["median time of a proof"] = Measure(values=[median(seconds)], unit="s")
    return ClosedFormsResult(
        provenance=provenance,
        summary=summary,
        families={run.setting: score(run.forms) for run in runs if run.setting != DISPUTES},
        total=total,
        disputes=len(disputes),
        decided=decided,
        undecided=[one for form in forms for one in _open(form)]
        + [one for dispute in disputes for one in _open_dispute(dispute)],
        false=[what for form in forms for what in _false(form)]
        + [one.id for one in disputes if is_false(one.claimed, one.expected)],
        seconds=seconds,
        runs=runs,
    )


def score(forms: list[Form]) -> Score:
    """The counts over some forms."""
    derived = [form for form in forms if is_derived(form)]
    wrong = [one for form in forms for one in form.wrong]
    said = [form.sympy.verdict for form in forms]
    return Score(
        forms=len(forms),
        proved=sum(form.given.verdict == "proved" for form in forms),
        derived=len(derived),
        compact=sum(form.derived.length <= LONG for form in derived),
        wrong=len(wrong),
        refuted=sum(is_refuted(one) for one in wrong),
        sympy_right=said.count("right"),
        sympy_silent=said.count("silently wrong"),
        sympy_none=said.count("no answer"),
    )


def is_derived(form: Form) -> bool:
    """Whether a gradient in matrix form was found and proved."""
    return form.derived.is_matrix_form and form.derived.verdict == "proved"


def is_refuted(one: Judged) -> bool:
    """Whether a formula is refuted by a point, or by its shape, for which no point is needed."""
    return one.verdict == "refuted" and (one.counterexample or one.scope == "shapes")


def is_false(one: Judged, expected: str) -> bool:
    """Whether a formula is said to be the opposite of what it is."""
    return one.verdict in ("proved", "refuted") and one.verdict != expected


def _false(form: Form) -> Iterator[str]:
    if is_false(form.given, "proved"):
        yield form.id
    yield from (f"{form.id}, a wrong one" for one in form.wrong if is_false(one, "refuted"))


def _open(form: Form) -> Iterator[Open]:
    """What is open of a form; where it cannot be read, that is all there is to say."""
    if form.given.verdict != "proved":
        yield Open(
            id=form.id, what="given", formula=form.given.formula, why=_short(form.given.scope)
        )
    if form.given.verdict == "unreadable":
        return
    if not is_derived(form):
        yield Open(id=form.id, what="derived", formula=form.given.formula, why=_why(form))
    for one in form.wrong:
        if not is_refuted(one):
            yield Open(id=form.id, what="wrong", formula=one.formula, why=_short(one.scope))


def _why(form: Form) -> str:
    """Why no gradient in matrix form was derived."""
    made = form.derived
    return "proved entry by entry alone" if made.verdict == "proved" else _short(made.scope)


def _open_dispute(dispute: Dispute) -> Iterator[Open]:
    claimed = dispute.claimed
    if claimed.verdict not in ("proved", "refuted"):
        yield Open(
            id=dispute.id, what="dispute", formula=claimed.formula, why=_short(claimed.scope)
        )


def _short(why: str) -> str:
    """A reason without what it goes on to explain."""
    return why.partition(";")[0]
