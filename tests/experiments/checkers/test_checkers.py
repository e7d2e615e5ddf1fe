from types import SimpleNamespace

import numpy as np
import pytest

from experiments.checkers import EXPERIMENT, contenders
from experiments.checkers.contenders import CHECKERS
from experiments.checkers.design import ALL_FAULTS, KINDS
from experiments.checkers.gather import score_checkers
from experiments.checkers.problems import Problem, faulty, problems
from experiments.checkers.result import CheckersRun, Trial
from experiments.framework.runner import Options, run_experiment
from mytorch.utils import gradient_check_report
from verify.claims import claims_matching

OURS = ("verify, JAX", "verify, NumPy", "verify, PyTorch")


def drawn(kind, n=6, seed=0, claims="*") -> list[Problem]:
    return problems(kind, (n,), np.random.default_rng(seed), claims)


def test_the_claims_are_all_that_are_derivatives():
    derivatives = {
        claim.id for claim in claims_matching() if any(c.differentiates for c in claim.checks)
    }
    names = [problem.name for problem in drawn("claims")]
    assert {name.partition(",")[0] for name in names} == derivatives
    assert len(derivatives) >= 14
    assert "layers.relu, at a kink" in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("seed", range(3))
def test_no_gradient_is_zero_everywhere_where_no_fault_would_show(seed):
    for problem in drawn("claims", seed=seed):
        assert problem.gradient(problem.point).any(), problem.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_gradients_are_right(kind):
    for problem in drawn(kind):
        if kind in ("kinked", "tied", "float32") or problem.name.startswith(
            ("huber", "layers.relu")
        ):
            continue  # not analytic
        columns = []
        for place in range(problem.point.size):
            moved = problem.point.astype(np.complex128)
            step = 1e-30 * (problem.point[place] or 1)
            moved[place] += 1j * step
            columns.append(np.imag(problem.function(np, moved)) / step)
        np.testing.assert_allclose(
            problem.gradient(problem.point), np.stack(columns, axis=-1), 1e-12, 1e-12
        )


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_every_fault_changes_the_gradient(fault):
    (problem,) = drawn("smooth")
    right = problem.gradient(problem.point)
    wrong = faulty(problem.gradient, fault)(problem.point)
    changed = np.count_nonzero(wrong != right)
    assert changed == (1 if fault == "one entry" else right.size)


def test_the_one_wrong_entry_is_never_a_zero():
    wrong = faulty(lambda x: np.array([0.0, 0.0, 2.0, 0.0]), "one entry")
    np.testing.assert_allclose(wrong(np.zeros(4)), [0, 0, 2.2, 0])


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_checker_accepts_a_right_gradient_and_refuses_its_negative(checker):
    (problem,) = drawn("smooth", n=4, seed=1)
    assert CHECKERS[checker](problem, problem.gradient) is True
    assert CHECKERS[checker](problem, faulty(problem.gradient, "sign")) is False


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("checker", CHECKERS)
def test_no_checker_is_warned(checker):
    for problem in (*drawn("float32"), *drawn("claims", claims="softmax.jacobian")):
        CHECKERS[checker](problem, problem.gradient)


def test_mytorch_judges_by_its_own_gradient_check(monkeypatch):
    (problem,) = drawn("smooth")
    wrong = SimpleNamespace(max_relative_error=1e-3)
    monkeypatch.setattr(contenders, "gradient_check_report", lambda model, x, y: wrong)
    assert CHECKERS["mytorch"](problem, problem.gradient) is False


def test_the_loss_that_mytorch_sees_has_the_slopes_of_the_function():
    (problem,) = drawn("smooth")
    network = contenders._Network(problem, problem.gradient)
    report = gradient_check_report(network, np.zeros((1, 1)), np.array([0]))
    assert report.loss == pytest.approx(contenders.LINEAR, rel=1e-15)
    assert report.max_relative_error < 1e-8
    assert report.parameters[0].shape == (6,)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("checker", OURS)
def test_ours_raises_no_false_alarm_and_sees_every_fault_above_rounding(kind, checker):
    visible = ("sign", "1 %", "one entry") if kind == "float32" else ALL_FAULTS
    pattern = "*" if checker == "verify, NumPy" else "huber.derivative"  # others take a second
    for n in (2, 20):
        for problem in drawn(kind, n, seed=2, claims=pattern):
            assert CHECKERS[checker](problem, problem.gradient) is True, problem.name
            for fault in visible:
                if kind == "tied" and fault in ("0.1 %", "1e-6") and checker != "verify, JAX":
                    continue  # differences know the hull to less than a per cent
                wrong = faulty(problem.gradient, fault)
                assert CHECKERS[checker](problem, wrong) is False, (problem.name, fault)


def trial(checker: str, fault: str | None, accepted: bool | None, seconds: float = 0.5) -> Trial:
    return Trial(
        checker=checker, problem="p", size=2, fault=fault, accepted=accepted, seconds=seconds
    )


def scored(*trials: Trial):
    return score_checkers([CheckersRun(setting="smooth", seed=0, trials=list(trials))])


def test_shares_leave_out_what_a_checker_cannot_be_asked():
    scores = scored(
        trial("JAX", "sign", False),
        trial("JAX", "1 %", True),
        trial("JAX", "10 %", None),
        trial("JAX", None, True, seconds=0.25),
    )
    found = scores["JAX"]
    assert (found.asked, found.caught, found.told_apart) == (2, 50, 50)
    assert (found.right, found.false_alarms, found.alarms) == (1, 0, [])
    assert found.caught_by_fault["sign"] == 100
    assert found.caught_by_fault["10 %"] is None
    assert found.false_alarms_by_kind["kinked"] is None
    assert found.seconds == {2: 0.25}


def test_who_refuses_everything_tells_nothing_apart():
    found = scored(trial("SciPy", "sign", False), trial("SciPy", None, False))["SciPy"]
    assert (found.caught, found.told_apart, found.false_alarms) == (100, 0, 100)
    assert found.alarms == ["p"]


def test_a_miss_names_those_who_told_the_fault_apart():
    scores = scored(
        trial("JAX", "1 %", True),
        trial("JAX", None, True),
        trial("SciPy", "1 %", False),
        trial("SciPy", None, False),
        trial("mytorch", "1 %", False),
        trial("mytorch", None, True),
    )
    (miss,) = scores["JAX"].misses
    assert (miss.problem, miss.fault, miss.caught_by) == ("p", "1 %", ["mytorch"])


def test_the_quick_profile_runs_and_draws(tmp_path):
    result = run_experiment(EXPERIMENT, Options(out=tmp_path, profile="quick", workers=1))
    assert list(result.scores) == list(CHECKERS)
    assert (tmp_path / "checkers" / "figures" / "caught.pdf").exists()
