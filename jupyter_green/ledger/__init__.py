"""The store of all reports: the booker that fills it, and the questions it answers.

No kernel imports this room's database: what a meter hands in is in ``jupyter_green/intake/``.
"""
