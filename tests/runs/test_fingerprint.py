import shutil
from pathlib import Path

import pytest

from runs import fingerprint
from runs.fingerprint import code_hash, files_hash, source_files

SOURCE = '''
"""A module."""
SCALE = 2


def double(x):
    """Doubles."""
    return SCALE * x
'''


def _hash(folder: Path, source: str) -> str:
    file = folder / "module.py"
    file.write_text(source)
    return files_hash([file])


@pytest.mark.parametrize(("old", "new"), [("SCALE = 2", "SCALE = 3"), ("SCALE * x", "x * SCALE")])
def test_changed_code_is_another_hash(old: str, new: str, tmp_path: Path) -> None:
    assert _hash(tmp_path, SOURCE.replace(old, new)) != _hash(tmp_path, SOURCE)


@pytest.mark.parametrize(
    ("old", "new"),
    [("Doubles.", "Twice."), ("SCALE = 2", "SCALE = 2  # two"), ("SCALE * x", "(SCALE * x)")],
)
def test_words_and_layout_for_people_change_no_hash(old: str, new: str, tmp_path: Path) -> None:
    assert _hash(tmp_path, SOURCE.replace(old, new)) == _hash(tmp_path, SOURCE)


def test_name_of_a_package_stands_for_all_below_it_and_that_of_a_module_for_itself() -> None:
    names = {file.name for file in source_files("mytorch")}
    assert {"linear.py", "gradient_check.py", "__init__.py"} <= names
    assert [file.name for file in source_files("mytorch.nn.optim")] == ["optim.py"]


def test_name_that_is_neither_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a package or a module of the project, got 'my"):
        source_files("mytorch.nn.optin")


def test_a_package_is_another_one_when_a_module_in_it_is_changed_or_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fingerprint.ROOT / "mytorch", tmp_path / "mytorch")
    before = code_hash(["mytorch"])
    monkeypatch.setattr(fingerprint, "ROOT", tmp_path)
    assert code_hash(["mytorch"]) == before
    module = tmp_path / "mytorch/nn/optim.py"
    module.write_text(module.read_text().replace("-=", "+="))
    changed = code_hash(["mytorch"])
    module.unlink()
    assert len({before, changed, code_hash(["mytorch"])}) == 3
