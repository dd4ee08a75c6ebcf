/* The truth: the one memory-mapped file that all stand-in hardware is computed from.
 *
 * Per device it holds knobs and an append-only list of power steps. A step says
 * which power is drawn from its time on, and how much energy was used up to it.
 * Steps may lie in the future; nothing that a reader is shown depends on those
 * after its own time. So what a counter shows is a pure function of
 * CLOCK_MONOTONIC, and truth.py, which mirrors this file, computes the same.
 *
 * All arithmetic is in integers: ns, mW and pJ (1 mW * 1 ns = 1 pJ).
 *
 * The file has one writer at a time (flock) and any number of readers. `version`
 * is a sequence lock: odd while somebody writes, changed after each write. Readers
 * take their time inside the locked section, so a step that is appended "now" lies
 * after every value that was shown before it.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TRUTH_MAGIC UINT64_C(0x3168747572744a47)
#define TRUTH_DEVICES 32
#define TRUTH_STEPS 32768
#define TRUTH_REFRESHES 32768
#define TRUTH_PIDS 8
#define TRUTH_NEVER INT64_MAX

struct truth_step {
    int64_t t_ns;
    int64_t power_mw;
    int64_t energy_pj; /* used up to t_ns, since the first step */
};

struct truth_device {
    char name[64];   /* "cpu:0/package", "gpu:0" */
    char label[96];  /* what a person calls it */
    char uuid[64];

    int64_t refresh_ns; /* the hardware's period; 0: it is always fresh */
    int64_t phase_ns;   /* refreshes happen at phase + n * period */
    int64_t refresh_from_ns; /* when period or phase were last changed; it refreshed then */
    int64_t unit_pj;    /* one count of what is shown */
    int64_t quantum_pj; /* the hardware's own step */
    int64_t offset;     /* counts, before the wrap */
    int64_t wrap_range; /* counts; 0: it never wraps */
    int64_t gain_ppm;   /* the instrument's gain, 1000000 is exact */
    int64_t power_gain_ppm; /* that of reported power where it is another; else 0 */
    int64_t reset_ns;   /* the counter restarts from 0 at this time */
    int64_t failing_from_ns;
    int64_t failing_until_ns;
    int64_t lost_ns;
    int64_t power_window_ns;   /* averaging window of the power reading; 0: instant */
    int64_t instant_window_ns; /* the same, of the "instant" power */
    int64_t power_limit_mw;    /* 0: there is none */
    int64_t call_cost_ns;
    int64_t memory_total_b;
    int64_t memory_used_b;

    int32_t mode; /* of energy_uj */
    int32_t has_energy;
    int32_t has_power;
    int32_t has_power_fields;
    int32_t architecture;
    int32_t mig_devices; /* 0: MIG is off */
    int32_t utilization_percent;
    int32_t temperature_c;
    int32_t pid_count;
    int32_t pids[TRUTH_PIDS];
    int32_t graphics_pid_count;
    int32_t graphics_pids[TRUTH_PIDS];
    int32_t sm_percents[TRUTH_PIDS]; /* of pids, in their order */
    int32_t nvml_error; /* what its failing reads return; 0: NVML_ERROR_UNKNOWN */
    int32_t has_instant_power;
    int32_t has_utilization;
    int32_t has_process_utilization;
    int32_t clocks_event_reasons;
    int32_t step_count;
    int32_t refresh_count; /* 0: refreshes are regular, see refresh_ns */
    /* When it refreshes, after phase: in order, from 0 on. The last is the first, repeated. */
    int64_t refreshes_ns[TRUTH_REFRESHES];
};

struct truth {
    uint64_t magic;
    uint64_t size;
    uint64_t version;
    int32_t device_count;
    int32_t nvml_init_error;
    int32_t driver_loads;    /* how often NVIDIA's driver was loaded again */
    int32_t driver_unloaded; /* 1: there is none now */
    struct truth_device devices[TRUTH_DEVICES];
    struct truth_step steps[TRUTH_DEVICES][TRUTH_STEPS];
};

enum truth_state { TRUTH_OK, TRUTH_FAILING, TRUTH_LOST };

struct truth_reading {
    int64_t t_ns;
    int64_t counter;    /* in the device's unit */
    int64_t power_mw;   /* mean over the averaging window that ends at the last refresh */
    int64_t instant_mw;
};

/* Map the file. NULL with errno set, EINVAL where it is of another layout. */
static inline struct truth *truth_open(const char *path)
{
    struct stat info;
    struct truth *truth;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int prot = PROT_READ | PROT_WRITE;
    if (fd < 0 && (errno == EACCES || errno == EROFS)) {
        fd = open(path, O_RDONLY | O_CLOEXEC);
        prot = PROT_READ;
    }
    if (fd < 0)
        return NULL;
    if (fstat(fd, &info) < 0 || info.st_size != (off_t)sizeof *truth) {
        close(fd);
        errno = EINVAL;
        return NULL;
    }
    truth = mmap(NULL, sizeof *truth, prot, MAP_SHARED, fd, 0);
    close(fd);
    if (truth == MAP_FAILED)
        return NULL;
    if (truth->magic != TRUTH_MAGIC || truth->size != sizeof *truth) {
        munmap(truth, sizeof *truth);
        errno = EINVAL;
        return NULL;
    }
    return truth;
}

static inline int64_t truth_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The slot of a device, -1 where there is none of that name. */
static inline int truth_slot(const struct truth *truth, const char *name)
{
    for (int slot = 0; slot < truth->device_count; slot++)
        if (strcmp(truth->devices[slot].name, name) == 0)
            return slot;
    return -1;
}

/* Energy since the first step, negative before it: the first power held for ever. */
static inline __int128 truth_energy_pj(const struct truth *truth, int slot, int64_t t_ns)
{
    const struct truth_step *steps = truth->steps[slot];
    int i = 0, after = truth->devices[slot].step_count;
    while (after - i > 1) {
        int middle = i + (after - i) / 2;
        if (steps[middle].t_ns > t_ns)
            after = middle;
        else
            i = middle;
    }
    return (__int128)steps[i].energy_pj + (__int128)steps[i].power_mw * (t_ns - steps[i].t_ns);
}

/* How long ago a device was refreshed. */
static inline int64_t truth_age_ns(const struct truth_device *device, int64_t t_ns)
{
    int i = 0, after = device->refresh_count;
    int64_t period_ns = after > 1 ? device->refreshes_ns[after - 1] : device->refresh_ns;
    int64_t since = (t_ns - device->phase_ns) % period_ns;
    if (since < 0)
        since += period_ns;
    while (after - i > 1) {
        int middle = i + (after - i) / 2;
        if (device->refreshes_ns[middle] > since)
            after = middle;
        else
            i = middle;
    }
    return device->refresh_count > 1 ? since - device->refreshes_ns[i] : since;
}

static inline int64_t truth_refreshed_ns(const struct truth_device *device, int64_t t_ns)
{
    int64_t since;
    if (device->refresh_ns <= 0)
        return t_ns;
    since = truth_age_ns(device, t_ns);
    if (t_ns >= device->refresh_from_ns && t_ns - since < device->refresh_from_ns)
        return device->refresh_from_ns;
    return t_ns - since;
}

static inline int64_t truth_counter(const struct truth *truth, int slot, int64_t t_ns)
{
    const struct truth_device *device = &truth->devices[slot];
    int was_reset = device->reset_ns <= t_ns;
    int64_t zero_ns = was_reset ? device->reset_ns : truth->steps[slot][0].t_ns;
    __int128 energy_pj = truth_energy_pj(truth, slot, truth_refreshed_ns(device, t_ns)) -
                         truth_energy_pj(truth, slot, zero_ns);
    __int128 count;
    if (energy_pj < 0)
        energy_pj = 0;
    energy_pj = energy_pj * device->gain_ppm / 1000000;
    energy_pj -= energy_pj % device->quantum_pj;
    count = (was_reset ? 0 : device->offset) + energy_pj / device->unit_pj;
    return (int64_t)(device->wrap_range > 0 ? count % device->wrap_range : count);
}

static inline int64_t truth_power_mw(const struct truth *truth, int slot, int64_t t_ns,
                                     int64_t window_ns)
{
    const struct truth_device *device = &truth->devices[slot];
    int64_t end_ns = truth_refreshed_ns(device, t_ns);
    int64_t span_ns = window_ns > 0 ? window_ns : 1;
    __int128 energy_pj = window_ns > 0
                             ? truth_energy_pj(truth, slot, end_ns) -
                                   truth_energy_pj(truth, slot, end_ns - span_ns)
                             : truth_energy_pj(truth, slot, end_ns + 1) -
                                   truth_energy_pj(truth, slot, end_ns);
    int64_t gain_ppm = device->power_gain_ppm ? device->power_gain_ppm : device->gain_ppm;
    return (int64_t)(energy_pj * gain_ppm / 1000000 / span_ns);
}

/* What a device shows at this moment, after the time that a call to it takes. */
static inline enum truth_state truth_read(const struct truth *truth, int slot,
                                          struct truth_reading *reading)
{
    const struct truth_device *device = &truth->devices[slot];
    int64_t begin_ns = truth_now_ns();
    int64_t ready_ns = begin_ns + device->call_cost_ns;
    if (device->call_cost_ns >= 1000000) {
        struct timespec t = {ready_ns / 1000000000, ready_ns % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
            ;
    }
    while (device->call_cost_ns > 0 && truth_now_ns() < ready_ns)
        ;
    for (;;) {
        uint64_t version = __atomic_load_n(&truth->version, __ATOMIC_ACQUIRE);
        enum truth_state state = TRUTH_OK;
        int64_t t_ns = truth_now_ns();
        if (version % 2 == 0) {
            reading->t_ns = t_ns;
            if (t_ns >= device->lost_ns)
                state = TRUTH_LOST;
            else if (t_ns >= device->failing_from_ns && t_ns < device->failing_until_ns)
                state = TRUTH_FAILING;
            else {
                reading->counter = truth_counter(truth, slot, t_ns);
                reading->power_mw = truth_power_mw(truth, slot, t_ns, device->power_window_ns);
                reading->instant_mw =
                    truth_power_mw(truth, slot, t_ns, device->instant_window_ns);
            }
            __atomic_thread_fence(__ATOMIC_ACQUIRE);
            if (__atomic_load_n(&truth->version, __ATOMIC_RELAXED) == version)
                return state;
        } else if (t_ns - ready_ns > 1000000000) {
            return TRUTH_FAILING; /* the writer died in the middle */
        } else {
            sched_yield();
        }
    }
}

#endif
