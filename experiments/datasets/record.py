"""Which data a result rests on, as it is recorded."""

from runs.records import Model


class DataRecord(Model):
    """Which data a result rests on.

    `name` is what figures and tables call it ("MNIST"); `origin` is where it came from; `sha256`
    fingerprints the arrays themselves, whatever file they came in; a `substitute` is never to be
    taken for the real thing.
    """

    name: str
    origin: str
    split: str
    sha256: str
    substitute: bool = False

    def __str__(self) -> str:
        return f"{self.name}, {self.split}"
