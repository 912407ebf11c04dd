"""Render blocks: one module for each output format."""
