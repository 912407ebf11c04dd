"""Render documents: a module for each output format."""
