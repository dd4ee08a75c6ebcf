"""Marks from training frameworks: one module for each, which imports that framework."""
