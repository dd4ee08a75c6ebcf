"""jupyter_green beside CodeCarbon, Zeus, pyRAPL and pyJoules, on the same stand-in hardware.

================  ============================================================
``lengths``       the error by the length of the window, 1 ms to 10 s
``accuracy``      reported joules against the true ones, with faults
``recorded``      the same on recorded power and real refresh intervals
``coverage``      how often the truth lies inside our own interval
``marks``         what a window costs its caller
``kernel``        what loading and ``%%energy`` cost in a notebook's kernel
``slowdown``      how much slower metered cells run
``gil``           samples while a cell holds the interpreter lock
``footprint``     processor time, memory and wake-ups while watching
``machine``       the stand-in hardware, and programs that run on it
``program``       a program that is told what to do, and its other end
``meters``        the meters behind one interface
``window``        one window of a meter, and the edges of the truth
``scenarios``     what the hardware does in ``accuracy``, faults included
``front_end``     a kernel whose cells are timed
``processes``     what Linux knows of a process and its children
``table``         figures and tables as Markdown
``short``         what is promised, each as a ratio, in under three minutes
``figures``       such ratios with their noise, as JSON, and when one is lost
``check``         whether one is lost since the last committed ones
``yardstick``     a fixed piece of work, which times are divided by
================  ============================================================

``python -m benchmarks`` runs all of it.
"""
