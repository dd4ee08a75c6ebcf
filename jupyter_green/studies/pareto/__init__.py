"""Metric against joules: which of several runs nothing else beats."""
