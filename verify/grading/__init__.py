"""Is an answer right: shapes first, then points, which only refute, then proof."""
