"""Stand-in hardware that unmodified readers read, computed from one known truth.

A test says what each device draws, and when; it then knows exactly which energy
any window used, and what any reader was shown.

=================  =========================================================================
``truth``          the memory-mapped file: power steps and knobs of each device (truth.h)
``powercap``       RAPL as a powercap tree: files, or a file system (powercapd.c)
``nvml``           NVIDIA's ``libnvidia-ml.so.1`` for the real pynvml (nvml.c)
``namespace``      runs a command with RAPL at /sys/class/powercap, for fixed paths
``proc_tree``      files like those of /proc and /sys/fs/cgroup
``kernel``         a real ipykernel and the client of it, as a notebook's front end
``machine``        meter, sampler and hardware in virtual time: minutes in milliseconds
``build``          compiles the C programs on demand
``fixtures``       all of it for pytest
=================  =========================================================================
"""
