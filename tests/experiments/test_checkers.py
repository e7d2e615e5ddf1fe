import numpy as np
import pytest

from experiments.checkers import ALL_FAULTS, EXPERIMENT, KINDS, CheckersRun, Trial
from experiments.gradient_checkers import CHECKERS
from experiments.gradient_problems import faulty, problems
from experiments.runner import Options, run_experiment


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_derivatives_are_right(kind):
    for problem in problems(kind, (3,), np.random.default_rng(0)):
        exact = problem.point.astype(np.complex128)
        if kind in ("kinked", "float32") or problem.name.startswith("Huber"):
            continue  # not analytic
        columns = []
        for place in range(exact.size):
            moved = exact.copy()
            moved[place] += 1e-30j
            columns.append(np.imag(problem.function(np, moved)) / 1e-30)
        np.testing.assert_allclose(
            problem.derivative(problem.point), np.stack(columns, axis=-1), 1e-12, 1e-12
        )


@pytest.mark.parametrize("fault", ALL_FAULTS)
def test_every_fault_changes_the_derivative(fault):
    (problem,) = problems("smooth", (5,), np.random.default_rng(0))
    right = problem.derivative(problem.point)
    wrong = faulty(problem.derivative, fault)(problem.point)
    changed = np.count_nonzero(wrong != right)
    assert changed == (1 if fault == "one entry" else right.size)


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_checker_accepts_a_right_gradient_and_refuses_its_negative(checker):
    (problem,) = problems("smooth", (4,), np.random.default_rng(1))
    assert CHECKERS[checker](problem, problem.derivative) is True
    assert CHECKERS[checker](problem, faulty(problem.derivative, "sign")) is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("checker", ["verify, JAX", "verify, NumPy"])
def test_ours_raises_no_false_alarm_and_sees_one_per_cent(kind, checker):
    for problem in problems(kind, (2, 20), np.random.default_rng(2)):
        assert CHECKERS[checker](problem, problem.derivative) is True, problem.name
        for fault in ("sign", "1 %", "one entry"):
            assert CHECKERS[checker](problem, faulty(problem.derivative, fault)) is False, fault


def test_shares_leave_out_what_a_checker_cannot_be_asked():
    def trial(fault, accepted):
        return Trial(
            checker="JAX", problem="p", size=2, fault=fault, accepted=accepted, seconds=0.5
        )

    trials = [trial(None, True), trial(None, False), trial("sign", False), trial("sign", None)]
    run = CheckersRun(setting="smooth", seed=0, trials=trials)
    result = EXPERIMENT.result_type.model_construct(runs=[run])
    assert result.caught("JAX", "sign") == 100
    assert result.false_alarms("JAX") == 50
    assert result.false_alarms("JAX", "kinked") != result.false_alarms("JAX", "kinked")
    assert result.seconds("JAX", 2) == 0.5


def test_the_quick_profile_runs_and_draws(tmp_path):
    run_experiment(EXPERIMENT, Options(out=tmp_path, profile="quick", workers=1))
    assert (tmp_path / "checkers" / "figures" / "caught.pdf").exists()
