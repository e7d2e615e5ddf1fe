"""The stages of `make report`, each of which does nothing where nothing has changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.framework.experiment import Profile, experiment_names, find_experiment
from experiments.framework.fingerprint import why_stale
from experiments.framework.results import outputs
from experiments.numpy_mnist import design as numpy_mnist
from report.context import context_of
from report.explained.drawings import draw_all
from report.render import render, template
from report.tex.texlive import Tex, find_tex
from report.tex.typesetting import Typeset, packages_of, typeset
from runs.records import RecordError
from verify.checking import results as verification

_CHECKOUT = Path(__file__).resolve().parents[1]
ROOT = _CHECKOUT if (_CHECKOUT / "pyproject.toml").exists() else Path.cwd()  # installed: here
TEX_HOME = ROOT / ".tex"


class BuildError(Exception):
    """A stage failed and has said why; the message says what that means for the report."""


@dataclass(frozen=True)
class Plan:
    """What a report is made from, and where everything lies."""

    profile: Profile = "full"
    seeds: tuple[int, ...] = (0, 1, 2)
    data_dir: Path | None = None
    allow_substitute: bool = False

    @property
    def outputs(self) -> Path:
        """Where results of this profile lie."""
        return ROOT / outputs(self.profile)

    @property
    def folder(self) -> Path:
        """Where LaTeX and the PDF are made."""
        return ROOT / "report" / "build" / ("quick" if self.profile == "quick" else "")

    @property
    def verdicts(self) -> Path:
        """What `python -m verify.all` found."""
        return self.outputs / "verify.json"

    @property
    def points(self) -> int:
        """At how many points each claim is checked, at least."""
        return 100 if self.profile == "quick" else 1000


def provide_tex(say: Callable[[str], None]) -> Tex:
    """Return a TeX that has every package that the report's preamble loads."""
    preamble = template("report").read_text(encoding="utf-8")
    return find_tex(packages_of(preamble), TEX_HOME, say)


def renew_proofs(plan: Plan, say: Callable[[str], None]) -> None:
    """Run `python -m verify.all` where its verdicts are missing or older than what they rest on."""
    why = proofs_stale(plan)
    if why is None:
        say("proofs: up to date")
        return
    say(f"proofs: {why}")
    if _python("verify.all", "--json", str(plan.verdicts), "--points", str(plan.points)):
        raise BuildError("proofs: not every claim holds, so there is no report")


def proofs_stale(plan: Plan) -> str | None:
    """Return why the verdicts have to be found again, None where they are up to date."""
    if not plan.verdicts.exists():
        return "no verdicts yet"
    try:
        recorded = verification.read(plan.verdicts)
    except RecordError:
        return "unreadable verdicts"
    provenance = recorded.provenance
    if provenance.only != "*":
        return f"verdicts on {provenance.only} alone"
    if not recorded.holds:
        return "not every claim held"
    if provenance.points < plan.points:
        return f"checked at {provenance.points} points, not {plan.points}"
    return verification.why_stale(provenance)


def renew_experiments(plan: Plan, say: Callable[[str], None]) -> None:
    """Run the experiments whose results are missing or older than what they depend on."""
    stale = []
    for name in experiment_names():
        why = why_stale(
            find_experiment(name),
            list(plan.seeds),
            plan.profile,
            data_dir=plan.data_dir,
            out=plan.outputs,
            allow_substitute=plan.allow_substitute,
        )
        say(f"{name}: {why or 'up to date'}")
        if why:
            stale.append(name)
    if not stale:
        return
    arguments = ["--seeds", ",".join(map(str, plan.seeds)), "--profile", plan.profile]
    arguments += ["--out", str(plan.outputs)]
    if plan.data_dir:
        arguments += ["--data-dir", str(plan.data_dir)]
    if plan.allow_substitute:
        arguments.append("--allow-substitute")
    if _python("experiments", "run", *stale, *arguments):
        raise BuildError("experiments: not all ended as they must, so there is no report")


def make_pdf(plan: Plan, tex: Tex, document: str = "report", only: str | None = None) -> Typeset:
    """Render the sections of a document, all or one, and typeset them."""
    folder = plan.folder / "draft" if only else plan.folder
    context = context_of(plan.outputs, plan.profile, folder, document)
    draw_all(folder / "drawings", numpy_mnist.WIDTHS, numpy_mnist.BATCH_SIZE)
    return typeset(tex, render(context, folder, only), partial=only is not None)


def _python(module: str, *arguments: str) -> int:
    """Run a command of the project with this terminal, and return its exit status."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, check=False
    ).returncode
