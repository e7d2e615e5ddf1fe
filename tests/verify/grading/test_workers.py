from verify.grading.workers import Task, grade_all

SLOW = "((sum(y) + tau) ** 16) ** 16 / ((1 + tau) ** 16) ** 16 * (diag(y) - outer(y, y)) / tau"


def test_an_answer_that_takes_too_long_is_given_up_and_the_others_are_graded():
    tasks = [
        Task("softmax.jacobian", SLOW),
        Task("softmax.jacobian", "(diag(y) - outer(y, y)) / tau"),
        Task("softmax.jacobian", "diag(y"),
    ]
    records = dict(grade_all(tasks, workers=1, seconds=2.0))
    assert records[0].verdict == "undecided"
    assert records[0].scope == "not settled within 2 s"
    assert records[1].verdict == "proved"
    assert records[2].verdict == "unreadable"


def test_no_answers_need_no_process():
    assert list(grade_all([], workers=2, seconds=1.0)) == []
