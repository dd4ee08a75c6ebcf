"""Joules of a short piece of code, from many loops in several runs."""
