"""Public closed forms of gradients, and disputes about some: which are proved, which refuted."""
