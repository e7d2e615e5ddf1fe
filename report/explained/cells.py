"""What two types of blood cells have in common where an image is 28 pixels wide.

It is said of the types in general, and not of any image.
"""

from __future__ import annotations

SHARED_LOOKS = {
    frozenset(pair): look
    for *pair, look in (
        ("basophil", "immature granulocytes", "a dark purple cell without a clear nucleus"),
        ("basophil", "lymphocyte", "a dark purple disc"),
        ("basophil", "monocyte", "a bent or lobed dark nucleus"),
        ("eosinophil", "immature granulocytes", "a purple nucleus in reddish cytoplasm"),
        ("eosinophil", "neutrophil", "a lobed purple nucleus"),
        ("erythroblast", "immature granulocytes", "a round purple nucleus"),
        ("erythroblast", "lymphocyte", "a small, round, dark nucleus"),
        ("erythroblast", "neutrophil", "small, dark parts of a nucleus"),
        ("erythroblast", "platelet", "a small dark spot on a pale ground"),
        ("immature granulocytes", "lymphocyte", "a round purple nucleus that fills the cell"),
        ("immature granulocytes", "monocyte", "a purple nucleus that fills a large cell"),
        ("immature granulocytes", "neutrophil", "an indented purple nucleus"),
        ("monocyte", "neutrophil", "a bent purple nucleus"),
    )
}


def shared_looks(pairs: list[tuple[str, str]]) -> list[str]:
    """Return what the two classes of each pair share, each once; of some pairs nothing is said."""
    sentences = (
        f"{_plural(first)} and {_plural(second)} share {look}"
        for first, second in pairs
        if (look := SHARED_LOOKS.get(frozenset((first, second))))
    )
    return list(dict.fromkeys(sentences))


def one(name: str) -> str:
    """Return the name of a class as that of one cell, with its article."""
    singular = name.removesuffix("s")
    return f"{'an' if singular[0] in 'aeiou' else 'a'} {singular}"


def _plural(name: str) -> str:
    return name if name.endswith("s") else f"{name}s"
