"""Variants compared fairly: in turns, round by round, with an interval and a verdict that agree."""
