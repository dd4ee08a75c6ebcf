"""The ledger in the forms of other tools: a module for each form, `forms.py` the list of them.

A form is a function of what was chosen of a ledger: the same windows give the same bytes.
"""
