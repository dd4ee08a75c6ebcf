"""What a program that imports ``zeus_apple_silicon`` finds; see the folder above."""

import os
import time

from tests.testbench.nvml import BENCH_VARIABLE
from tests.testbench.truth import Truth


class AppleEnergyMetrics:
    def __init__(self):
        self.cpu_total_mj = None
        self.efficiency_cores_mj = None
        self.performance_cores_mj = None
        self.efficiency_cluster_mj = None
        self.performance_cluster_mj = None
        self.efficiency_core_manager_mj = None
        self.performance_core_manager_mj = None
        self.dram_mj = None
        self.gpu_mj = None
        self.gpu_sram_mj = None
        self.ane_mj = None


class AppleEnergyMonitor:
    def __init__(self):
        self._truth = Truth.open(os.environ[BENCH_VARIABLE])

    def get_cumulative_energy(self):
        metrics, now_ns = AppleEnergyMetrics(), time.monotonic_ns()
        for device in self._truth.devices:
            if device._knobs.failing_from_ns <= now_ns < device._knobs.failing_until_ns:
                raise RuntimeError("Failed to create IOReport sample.")
            field, _, place = device.name.partition("/")
            value = device.counter(now_ns)
            setattr(metrics, field, [*(getattr(metrics, field) or []), value] if place else value)
        return metrics
