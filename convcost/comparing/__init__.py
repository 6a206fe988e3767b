"""Blocks or networks side by side."""
