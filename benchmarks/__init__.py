"""jupyter_green beside CodeCarbon, Zeus and pyRAPL, on the same stand-in hardware.

================  ============================================================
``marks``         what a window costs its caller
``kernel``        what loading and ``%%energy`` cost in a notebook's kernel
``accuracy``      reported joules against the true ones, with faults
``gil``           samples while a cell holds the interpreter lock
``footprint``     processor time, memory and wake-ups while watching
``machine``       the stand-in hardware, and programs that run on it
``program``       a program that is told what to do, and its other end
``meters``        the meters behind one interface
``front_end``     a real kernel, driven as a notebook's front end does
``processes``     what Linux knows of a process and its children
``table``         figures and tables as Markdown
================  ============================================================

``python -m benchmarks`` runs all of it.
"""
