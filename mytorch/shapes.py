"""`Shaped`, the annotation of shapes: jaxtyping's, or nothing where NumPy alone is installed."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jaxtyping import Shaped
else:
    try:
        from jaxtyping import Shaped
    except ImportError:

        class Shaped:
            """Lets `Shaped[np.ndarray, "batch in"]` be written, and means `np.ndarray`."""

            def __class_getitem__(cls, annotation: tuple[type, str]) -> Any:
                """Return the array type."""
                return annotation[0]


__all__ = ["Shaped"]
