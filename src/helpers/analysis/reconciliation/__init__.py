"""Recompute every figure, list and statement of a published report from the cube, and judge whether it is met."""
