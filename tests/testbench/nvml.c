/* A stand-in for NVIDIA's libnvidia-ml.so.1, computed from the truth.
 *
 * It has the functions that metering programs call through pynvml, with the
 * signatures and constants of NVIDIA's nvml.h (NVML API reference). The truth's
 * file is named by the environment variable JUPYTER_GREEN_BENCH; its devices
 * "gpu:0", "gpu:1", … are the boards, "gpu:0/module" and "gpu:0/memory" power
 * scopes of a board.
 */
#define _GNU_SOURCE
#include "truth.h"

#include <stdio.h>
#include <stdlib.h>

#define API __attribute__((visibility("default"))) nvmlReturn_t
#define ALIAS(name) __attribute__((visibility("default"), alias(name))) nvmlReturn_t

#define BENCH_VARIABLE "JUPYTER_GREEN_BENCH"
#define MAX_MIG 7

typedef enum {
    NVML_SUCCESS = 0,
    NVML_ERROR_UNINITIALIZED = 1,
    NVML_ERROR_INVALID_ARGUMENT = 2,
    NVML_ERROR_NOT_SUPPORTED = 3,
    NVML_ERROR_NOT_FOUND = 6,
    NVML_ERROR_INSUFFICIENT_SIZE = 7,
    NVML_ERROR_DRIVER_NOT_LOADED = 9,
    NVML_ERROR_GPU_IS_LOST = 15,
    NVML_ERROR_UNKNOWN = 999,
} nvmlReturn_t;

enum {
    FI_TOTAL_ENERGY_CONSUMPTION = 83,
    FI_POWER_AVERAGE = 185,
    FI_POWER_INSTANT = 186,
    FI_POWER_MIN_LIMIT = 187,
    FI_POWER_MAX_LIMIT = 188,
    FI_POWER_DEFAULT_LIMIT = 189,
    FI_POWER_CURRENT_LIMIT = 190,
};
enum { SCOPE_GPU, SCOPE_MODULE, SCOPE_MEMORY };
enum { VALUE_UNSIGNED_INT = 1, VALUE_UNSIGNED_LONG_LONG = 3 };
enum { CLOCK_GRAPHICS_, CLOCK_SM_, CLOCK_MEM_, CLOCK_VIDEO_, CLOCK_COUNT_ };

/* A board, or one of its MIG devices. */
struct gpu {
    int slot;
    int index;
    int mig;  /* -1: the board itself */
    int load; /* of the driver: handles do not outlive it */
};
typedef struct gpu *nvmlDevice_t;

struct pci_info {
    char busIdLegacy[16];
    unsigned domain, bus, device, pciDeviceId, pciSubSystemId;
    char busId[32];
};
struct memory {
    unsigned long long total, free, used;
};
struct memory_v2 {
    unsigned version;
    unsigned long long total, reserved, free, used;
};
struct utilization {
    unsigned gpu, memory;
};
struct temperature {
    unsigned version;
    int sensor;
    int temperature;
};
struct process {
    unsigned pid;
    unsigned long long usedGpuMemory;
    unsigned gpuInstanceId, computeInstanceId;
};
struct process_sample {
    unsigned pid;
    unsigned long long timeStamp; /* microseconds of CLOCK_REALTIME */
    unsigned smUtil, memUtil, encUtil, decUtil;
};
struct field {
    uint32_t fieldId, scopeId;
    int64_t timestamp, latencyUsec;
    uint32_t valueType, nvmlReturn;
    union {
        unsigned uiVal;
        unsigned long long ullVal;
    } value;
};

static const struct truth *truth;
static int users;
static int load; /* the driver that the first of them found */
static struct gpu boards[2][TRUTH_DEVICES]; /* by the parity of the load */
static struct gpu parts[2][TRUTH_DEVICES][MAX_MIG];

/* --- the library ---------------------------------------------------------------------- */

API nvmlInitWithFlags(unsigned flags)
{
    const char *path = getenv(BENCH_VARIABLE);
    const struct truth *opened = truth;
    (void)flags;
    if (!opened && (!path || !(opened = truth_open(path))))
        return NVML_ERROR_DRIVER_NOT_LOADED;
    truth = opened;
    if (truth->nvml_init_error)
        return truth->nvml_init_error;
    if (truth->driver_unloaded)
        return NVML_ERROR_DRIVER_NOT_LOADED;
    if (users == 0)
        load = truth->driver_loads;
    users++;
    return NVML_SUCCESS;
}

API nvmlInit_v2(void)
{
    return nvmlInitWithFlags(0);
}
ALIAS("nvmlInit_v2") nvmlInit(void);

/* Whether the library is started, and on the driver that is there now. */
static nvmlReturn_t started(void)
{
    if (!users)
        return NVML_ERROR_UNINITIALIZED;
    if (truth->driver_unloaded)
        return NVML_ERROR_DRIVER_NOT_LOADED;
    return load == truth->driver_loads ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
}

API nvmlShutdown(void)
{
    if (users == 0)
        return NVML_ERROR_UNINITIALIZED;
    users--;
    return NVML_SUCCESS;
}

__attribute__((visibility("default"))) const char *nvmlErrorString(nvmlReturn_t result)
{
    switch (result) {
    case NVML_SUCCESS: return "Success";
    case NVML_ERROR_UNINITIALIZED: return "Uninitialized";
    case NVML_ERROR_INVALID_ARGUMENT: return "Invalid Argument";
    case NVML_ERROR_NOT_SUPPORTED: return "Not Supported";
    case NVML_ERROR_NOT_FOUND: return "Not Found";
    case NVML_ERROR_INSUFFICIENT_SIZE: return "Insufficient Size";
    case NVML_ERROR_DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case NVML_ERROR_GPU_IS_LOST: return "GPU is lost";
    default: return "Unknown Error";
    }
}

static nvmlReturn_t give_text(char *buffer, unsigned size, const char *text)
{
    nvmlReturn_t result = started();
    if (result)
        return result;
    if (strlen(text) + 1 > size)
        return NVML_ERROR_INSUFFICIENT_SIZE;
    strcpy(buffer, text);
    return NVML_SUCCESS;
}

static nvmlReturn_t give_number(unsigned *number, unsigned value)
{
    *number = value;
    return NVML_SUCCESS;
}

API nvmlSystemGetDriverVersion(char *version, unsigned size)
{
    return give_text(version, size, "570.00.00");
}

API nvmlSystemGetNVMLVersion(char *version, unsigned size)
{
    return give_text(version, size, "12.570.00.00");
}

API nvmlSystemGetCudaDriverVersion_v2(int *version)
{
    *version = 12080;
    return started();
}
ALIAS("nvmlSystemGetCudaDriverVersion_v2") nvmlSystemGetCudaDriverVersion(int *version);

API nvmlSystemGetProcessName(unsigned pid, char *name, unsigned size)
{
    char path[64], text[256] = "";
    FILE *file;
    snprintf(path, sizeof path, "/proc/%u/comm", pid);
    file = fopen(path, "re");
    if (!file)
        return NVML_ERROR_NOT_FOUND;
    if (fgets(text, sizeof text, file))
        text[strcspn(text, "\n")] = '\0';
    fclose(file);
    return give_text(name, size, text);
}

/* --- which device ----------------------------------------------------------------------- */

static int board_slot(int index)
{
    char name[32];
    snprintf(name, sizeof name, "gpu:%d", index);
    return truth_slot(truth, name);
}

static int board_count(void)
{
    int count = 0;
    while (board_slot(count) >= 0)
        count++;
    return count;
}

static const struct truth_device *knobs(nvmlDevice_t gpu)
{
    return &truth->devices[gpu->slot];
}

/* Every question to a device begins here. */
static nvmlReturn_t check(nvmlDevice_t gpu)
{
    nvmlReturn_t result = started();
    if (result)
        return result;
    if (!gpu || gpu->load != load)
        return NVML_ERROR_INVALID_ARGUMENT;
    if (truth_now_ns() >= knobs(gpu)->lost_ns)
        return NVML_ERROR_GPU_IS_LOST;
    return NVML_SUCCESS;
}

/* The same for what NVML knows of whole boards only. */
static nvmlReturn_t check_board(nvmlDevice_t gpu)
{
    nvmlReturn_t result = check(gpu);
    return result ? result : gpu->mig < 0 ? NVML_SUCCESS : NVML_ERROR_NOT_SUPPORTED;
}

static void uuid_of(nvmlDevice_t gpu, char text[96])
{
    const char *uuid = knobs(gpu)->uuid;
    if (gpu->mig < 0)
        snprintf(text, 96, "%s", uuid);
    else /* the last two digits tell a board's parts from each other */
        snprintf(text, 96, "MIG-%.*s%02x", (int)strlen(uuid) - 6, uuid + 4, gpu->mig);
}

API nvmlDeviceGetCount_v2(unsigned *count)
{
    nvmlReturn_t result = started();
    return result ? result : give_number(count, board_count());
}
ALIAS("nvmlDeviceGetCount_v2") nvmlDeviceGetCount(unsigned *count);

API nvmlDeviceGetHandleByIndex_v2(unsigned index, nvmlDevice_t *gpu)
{
    nvmlReturn_t result = started();
    if (result)
        return result;
    if (index >= (unsigned)board_count())
        return NVML_ERROR_INVALID_ARGUMENT;
    *gpu = &boards[load % 2][index];
    **gpu = (struct gpu){board_slot(index), index, -1, load};
    return check(*gpu);
}
ALIAS("nvmlDeviceGetHandleByIndex_v2")
nvmlDeviceGetHandleByIndex(unsigned index, nvmlDevice_t *gpu);

API nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t gpu, unsigned *count)
{
    nvmlReturn_t result = check_board(gpu);
    return result ? result : give_number(count, knobs(gpu)->mig_devices ? MAX_MIG : 0);
}

API nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t gpu, unsigned index, nvmlDevice_t *part)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    if (!knobs(gpu)->mig_devices)
        return NVML_ERROR_NOT_SUPPORTED;
    if (index >= (unsigned)knobs(gpu)->mig_devices || index >= MAX_MIG)
        return NVML_ERROR_NOT_FOUND;
    *part = &parts[load % 2][gpu->index][index];
    **part = (struct gpu){gpu->slot, gpu->index, index, load};
    return NVML_SUCCESS;
}

API nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t part, nvmlDevice_t *gpu)
{
    nvmlReturn_t result = check(part);
    if (result)
        return result;
    if (part->mig < 0)
        return NVML_ERROR_INVALID_ARGUMENT;
    return nvmlDeviceGetHandleByIndex_v2(part->index, gpu);
}

API nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *gpu)
{
    char own[96];
    nvmlReturn_t result = started();
    if (result)
        return result;
    for (int index = 0; index < board_count(); index++) {
        nvmlDevice_t found;
        if (nvmlDeviceGetHandleByIndex_v2(index, &found))
            continue;
        for (int mig = 0;; mig++) {
            uuid_of(found, own);
            if (strcmp(own, uuid) == 0) {
                *gpu = found;
                return NVML_SUCCESS;
            }
            if (nvmlDeviceGetMigDeviceHandleByIndex(&boards[load % 2][index], mig, &found))
                break;
        }
    }
    return NVML_ERROR_NOT_FOUND;
}

API nvmlDeviceGetHandleByPciBusId_v2(const char *bus_id, nvmlDevice_t *gpu)
{
    unsigned domain, bus, device;
    if (sscanf(bus_id, "%x:%x:%x", &domain, &bus, &device) != 3 || domain || device)
        return NVML_ERROR_INVALID_ARGUMENT;
    if (bus == 0 || bus > (unsigned)board_count())
        return NVML_ERROR_NOT_FOUND;
    return nvmlDeviceGetHandleByIndex_v2(bus - 1, gpu);
}
ALIAS("nvmlDeviceGetHandleByPciBusId_v2")
nvmlDeviceGetHandleByPciBusId(const char *bus_id, nvmlDevice_t *gpu);

API nvmlDeviceGetIndex(nvmlDevice_t gpu, unsigned *index)
{
    nvmlReturn_t result = check(gpu);
    return result ? result : give_number(index, gpu->mig < 0 ? gpu->index : gpu->mig);
}

API nvmlDeviceGetMinorNumber(nvmlDevice_t gpu, unsigned *number)
{
    nvmlReturn_t result = check_board(gpu);
    return result ? result : give_number(number, gpu->index);
}

API nvmlDeviceGetUUID(nvmlDevice_t gpu, char *uuid, unsigned size)
{
    char own[96];
    nvmlReturn_t result = check(gpu);
    if (result)
        return result;
    uuid_of(gpu, own);
    return give_text(uuid, size, own);
}

API nvmlDeviceGetSerial(nvmlDevice_t gpu, char *serial, unsigned size)
{
    char text[32];
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    snprintf(text, sizeof text, "%013d", gpu->index);
    return give_text(serial, size, text);
}

API nvmlDeviceGetPciInfo_v3(nvmlDevice_t gpu, struct pci_info *info)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    memset(info, 0, sizeof *info);
    info->bus = gpu->index + 1;
    snprintf(info->busIdLegacy, sizeof info->busIdLegacy, "0000:%02X:00.0", info->bus);
    snprintf(info->busId, sizeof info->busId, "00000000:%02X:00.0", info->bus);
    return NVML_SUCCESS;
}

API nvmlDeviceIsMigDeviceHandle(nvmlDevice_t gpu, unsigned *is_part)
{
    nvmlReturn_t result = check(gpu);
    return result ? result : give_number(is_part, gpu->mig >= 0);
}

API nvmlDeviceGetMigMode(nvmlDevice_t gpu, unsigned *current, unsigned *pending)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    *current = *pending = knobs(gpu)->mig_devices > 0;
    return NVML_SUCCESS;
}

static nvmlReturn_t instance_id(nvmlDevice_t gpu, unsigned *id, unsigned value)
{
    nvmlReturn_t result = check(gpu);
    if (result)
        return result;
    return gpu->mig < 0 ? NVML_ERROR_NOT_FOUND : give_number(id, value);
}

API nvmlDeviceGetGpuInstanceId(nvmlDevice_t gpu, unsigned *id)
{
    return instance_id(gpu, id, gpu ? gpu->mig + 7 : 0);
}

API nvmlDeviceGetComputeInstanceId(nvmlDevice_t gpu, unsigned *id)
{
    return instance_id(gpu, id, 0);
}

/* --- what it is --------------------------------------------------------------------------- */

API nvmlDeviceGetName(nvmlDevice_t gpu, char *name, unsigned size)
{
    char text[128];
    nvmlReturn_t result = check(gpu);
    if (result)
        return result;
    snprintf(text, sizeof text, "%s%s", knobs(gpu)->label, gpu->mig < 0 ? "" : " MIG 1g");
    return give_text(name, size, text);
}

API nvmlDeviceGetArchitecture(nvmlDevice_t gpu, unsigned *architecture)
{
    nvmlReturn_t result = check(gpu);
    return result ? result : give_number(architecture, knobs(gpu)->architecture);
}

/* CUDA's compute capability by NVML_DEVICE_ARCH_*. */
API nvmlDeviceGetCudaComputeCapability(nvmlDevice_t gpu, int *major, int *minor)
{
    static const struct {
        int major, minor;
    } capabilities[] = {
        [2] = {3, 7}, [3] = {5, 2}, [4] = {6, 1}, [5] = {7, 0},  [6] = {7, 5},
        [7] = {8, 0}, [8] = {8, 9}, [9] = {9, 0}, [10] = {10, 0},
    };
    nvmlReturn_t result = check(gpu);
    unsigned architecture;
    if (result)
        return result;
    architecture = knobs(gpu)->architecture;
    if (architecture >= sizeof capabilities / sizeof *capabilities)
        return NVML_ERROR_UNKNOWN;
    *major = capabilities[architecture].major;
    *minor = capabilities[architecture].minor;
    return NVML_SUCCESS;
}

static nvmlReturn_t constant(nvmlDevice_t gpu, unsigned *number, unsigned value)
{
    nvmlReturn_t result = check_board(gpu);
    return result ? result : give_number(number, value);
}

API nvmlDeviceGetPersistenceMode(nvmlDevice_t gpu, unsigned *mode)
{
    return constant(gpu, mode, 1);
}

API nvmlDeviceGetComputeMode(nvmlDevice_t gpu, unsigned *mode)
{
    return constant(gpu, mode, 0);
}

API nvmlDeviceGetPerformanceState(nvmlDevice_t gpu, unsigned *state)
{
    return constant(gpu, state, 0);
}
ALIAS("nvmlDeviceGetPerformanceState") nvmlDeviceGetPowerState(nvmlDevice_t gpu, unsigned *state);

API nvmlDeviceGetMaxClockInfo(nvmlDevice_t gpu, unsigned type, unsigned *clock_mhz)
{
    static const unsigned clocks_mhz[CLOCK_COUNT_] = {
        [CLOCK_GRAPHICS_] = 1755, [CLOCK_SM_] = 1755, [CLOCK_MEM_] = 1593, [CLOCK_VIDEO_] = 1590};
    if (type >= CLOCK_COUNT_)
        return NVML_ERROR_INVALID_ARGUMENT;
    return constant(gpu, clock_mhz, clocks_mhz[type]);
}
ALIAS("nvmlDeviceGetMaxClockInfo")
nvmlDeviceGetClockInfo(nvmlDevice_t gpu, unsigned type, unsigned *clock_mhz);

/* --- power limits -------------------------------------------------------------------------- */

static nvmlReturn_t limit(nvmlDevice_t gpu, unsigned *limit_mw)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    if (!knobs(gpu)->power_limit_mw)
        return NVML_ERROR_NOT_SUPPORTED;
    return give_number(limit_mw, knobs(gpu)->power_limit_mw);
}

API nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t gpu, unsigned *limit_mw)
{
    return limit(gpu, limit_mw);
}

API nvmlDeviceGetPowerManagementLimit(nvmlDevice_t gpu, unsigned *limit_mw)
{
    return limit(gpu, limit_mw);
}

API nvmlDeviceGetPowerManagementDefaultLimit(nvmlDevice_t gpu, unsigned *limit_mw)
{
    return limit(gpu, limit_mw);
}

API nvmlDeviceGetPowerManagementLimitConstraints(nvmlDevice_t gpu, unsigned *lowest_mw,
                                                 unsigned *highest_mw)
{
    nvmlReturn_t result = limit(gpu, highest_mw);
    return result ? result : give_number(lowest_mw, *highest_mw / 2);
}

API nvmlDeviceGetPowerManagementMode(nvmlDevice_t gpu, unsigned *mode)
{
    return constant(gpu, mode, gpu && knobs(gpu)->power_limit_mw > 0);
}

/* --- sensors ------------------------------------------------------------------------------- */

static nvmlReturn_t sense_slot(int slot, struct truth_reading *reading)
{
    switch (truth_read(truth, slot, reading)) {
    case TRUTH_OK: return NVML_SUCCESS;
    case TRUTH_LOST: return NVML_ERROR_GPU_IS_LOST;
    default:
        return truth->devices[slot].nvml_error ? (nvmlReturn_t)truth->devices[slot].nvml_error
                                               : NVML_ERROR_UNKNOWN;
    }
}

static nvmlReturn_t sense(nvmlDevice_t gpu, struct truth_reading *reading)
{
    nvmlReturn_t result = check_board(gpu);
    return result ? result : sense_slot(gpu->slot, reading);
}

API nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t gpu, unsigned long long *energy_mj)
{
    struct truth_reading reading;
    nvmlReturn_t result = check_board(gpu);
    if (!result && !knobs(gpu)->has_energy)
        result = NVML_ERROR_NOT_SUPPORTED;
    if (!result)
        result = sense(gpu, &reading);
    if (!result)
        *energy_mj = reading.counter;
    return result;
}

API nvmlDeviceGetPowerUsage(nvmlDevice_t gpu, unsigned *power_mw)
{
    struct truth_reading reading;
    nvmlReturn_t result = check_board(gpu);
    if (!result && !knobs(gpu)->has_power)
        result = NVML_ERROR_NOT_SUPPORTED;
    if (!result)
        result = sense(gpu, &reading);
    return result ? result : give_number(power_mw, reading.power_mw);
}

/* A scope other than the GPU's own is a device beside it. */
static int scope_slot(nvmlDevice_t gpu, unsigned scope)
{
    char name[32];
    if (scope == SCOPE_GPU)
        return gpu->slot;
    snprintf(name, sizeof name, "gpu:%d/%s", gpu->index,
             scope == SCOPE_MODULE   ? "module"
             : scope == SCOPE_MEMORY ? "memory"
                                     : "?");
    return truth_slot(truth, name);
}

static nvmlReturn_t power_field(nvmlDevice_t gpu, struct field *field)
{
    struct truth_reading reading;
    int slot = scope_slot(gpu, field->scopeId);
    nvmlReturn_t result;
    if (slot < 0 || !knobs(gpu)->has_power_fields)
        return NVML_ERROR_NOT_SUPPORTED;
    if (field->fieldId == FI_POWER_INSTANT && !truth->devices[slot].has_instant_power)
        return NVML_ERROR_NOT_SUPPORTED;
    result = sense_slot(slot, &reading);
    field->valueType = VALUE_UNSIGNED_INT;
    if (!result)
        field->value.uiVal =
            field->fieldId == FI_POWER_INSTANT ? reading.instant_mw : reading.power_mw;
    return result;
}

/* Whether the GPU hangs on its processor by NVLink-C2C (Grace Hopper): those have a module. */
API nvmlDeviceGetC2cModeInfoV(nvmlDevice_t gpu, unsigned *is_enabled)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    return scope_slot(gpu, SCOPE_MODULE) < 0 ? NVML_ERROR_NOT_SUPPORTED : give_number(is_enabled, 1);
}

static nvmlReturn_t fill_field(nvmlDevice_t gpu, struct field *field)
{
    unsigned lowest_mw, *limit_mw = &field->value.uiVal;
    field->valueType = VALUE_UNSIGNED_INT;
    switch (field->fieldId) {
    case FI_TOTAL_ENERGY_CONSUMPTION:
        field->valueType = VALUE_UNSIGNED_LONG_LONG;
        return nvmlDeviceGetTotalEnergyConsumption(gpu, &field->value.ullVal);
    case FI_POWER_AVERAGE:
    case FI_POWER_INSTANT: return power_field(gpu, field);
    case FI_POWER_MIN_LIMIT: {
        nvmlReturn_t result =
            nvmlDeviceGetPowerManagementLimitConstraints(gpu, &lowest_mw, limit_mw);
        field->value.uiVal = result ? 0 : lowest_mw;
        return result;
    }
    case FI_POWER_MAX_LIMIT:
    case FI_POWER_DEFAULT_LIMIT:
    case FI_POWER_CURRENT_LIMIT: return limit(gpu, limit_mw);
    default: return NVML_ERROR_NOT_SUPPORTED;
    }
}

API nvmlDeviceGetFieldValues(nvmlDevice_t gpu, int count, struct field *fields)
{
    nvmlReturn_t result = check_board(gpu);
    if (result)
        return result;
    for (int i = 0; i < count; i++) {
        struct timespec t;
        int64_t begin_ns = truth_now_ns();
        fields[i].value.ullVal = 0;
        fields[i].nvmlReturn = fill_field(gpu, &fields[i]);
        fields[i].latencyUsec = (truth_now_ns() - begin_ns) / 1000;
        clock_gettime(CLOCK_REALTIME, &t);
        fields[i].timestamp = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
    }
    return NVML_SUCCESS;
}

API nvmlDeviceGetUtilizationRates(nvmlDevice_t gpu, struct utilization *rates)
{
    struct truth_reading reading;
    nvmlReturn_t result = check_board(gpu);
    if (!result && (knobs(gpu)->mig_devices || !knobs(gpu)->has_utilization))
        result = NVML_ERROR_NOT_SUPPORTED; /* the reference: not on boards with MIG on */
    if (!result)
        result = sense(gpu, &reading);
    if (!result)
        rates->gpu = rates->memory = knobs(gpu)->utilization_percent;
    return result;
}

API nvmlDeviceGetTemperature(nvmlDevice_t gpu, int sensor, unsigned *temperature_c)
{
    struct truth_reading reading;
    nvmlReturn_t result = sense(gpu, &reading);
    if (sensor != 0)
        return NVML_ERROR_INVALID_ARGUMENT;
    return result ? result : give_number(temperature_c, knobs(gpu)->temperature_c);
}

API nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t gpu, unsigned long long *reasons)
{
    struct truth_reading reading;
    nvmlReturn_t result = sense(gpu, &reading);
    if (!result)
        *reasons = knobs(gpu)->clocks_event_reasons;
    return result;
}
ALIAS("nvmlDeviceGetCurrentClocksEventReasons")
nvmlDeviceGetCurrentClocksThrottleReasons(nvmlDevice_t gpu, unsigned long long *reasons);

API nvmlDeviceGetTemperatureV(nvmlDevice_t gpu, struct temperature *asked)
{
    unsigned temperature_c;
    nvmlReturn_t result = nvmlDeviceGetTemperature(gpu, asked->sensor, &temperature_c);
    if (!result)
        asked->temperature = temperature_c;
    return result;
}

API nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t gpu, struct memory_v2 *memory)
{
    nvmlReturn_t result = check(gpu);
    if (result)
        return result;
    memory->total = knobs(gpu)->memory_total_b;
    memory->used = knobs(gpu)->memory_used_b;
    memory->free = memory->total - memory->used;
    memory->reserved = 0;
    return NVML_SUCCESS;
}

API nvmlDeviceGetMemoryInfo(nvmlDevice_t gpu, struct memory *memory)
{
    struct memory_v2 all;
    nvmlReturn_t result = nvmlDeviceGetMemoryInfo_v2(gpu, &all);
    if (!result)
        *memory = (struct memory){all.total, all.free, all.used};
    return result;
}

static nvmlReturn_t list_processes(nvmlDevice_t gpu, const int32_t *pids, unsigned pid_count,
                                   unsigned *count, struct process *processes)
{
    nvmlReturn_t result = check(gpu);
    unsigned room = *count;
    if (result)
        return result;
    *count = pid_count;
    if (pid_count > room)
        return NVML_ERROR_INSUFFICIENT_SIZE;
    for (unsigned i = 0; i < pid_count; i++)
        processes[i] = (struct process){.pid = pids[i],
                                        .usedGpuMemory = knobs(gpu)->memory_used_b / pid_count,
                                        .gpuInstanceId = UINT32_MAX,
                                        .computeInstanceId = UINT32_MAX};
    return NVML_SUCCESS;
}

API nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t gpu, unsigned *count,
                                            struct process *processes)
{
    nvmlReturn_t result = check(gpu);
    return result ? result
                  : list_processes(gpu, knobs(gpu)->pids, knobs(gpu)->pid_count, count, processes);
}
ALIAS("nvmlDeviceGetComputeRunningProcesses_v3")
nvmlDeviceGetComputeRunningProcesses_v2(nvmlDevice_t gpu, unsigned *count,
                                        struct process *processes);

API nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t gpu, unsigned *count,
                                             struct process *processes)
{
    nvmlReturn_t result = check(gpu);
    return result ? result
                  : list_processes(gpu, knobs(gpu)->graphics_pids, knobs(gpu)->graphics_pid_count,
                                   count, processes);
}
ALIAS("nvmlDeviceGetGraphicsRunningProcesses_v3")
nvmlDeviceGetGraphicsRunningProcesses_v2(nvmlDevice_t gpu, unsigned *count,
                                         struct process *processes);

/* One sample of each process a second, padded with an empty one as drivers do. */
API nvmlDeviceGetProcessUtilization(nvmlDevice_t gpu, struct process_sample *samples,
                                    unsigned *count, unsigned long long last_seen_us)
{
    nvmlReturn_t result = check_board(gpu);
    unsigned needed, room = *count;
    unsigned long long sampled_us;
    if (result)
        return result;
    if (knobs(gpu)->mig_devices || !knobs(gpu)->has_process_utilization)
        return NVML_ERROR_NOT_SUPPORTED;
    needed = knobs(gpu)->pid_count + 1;
    *count = needed;
    if (!samples || room < needed)
        return NVML_ERROR_INSUFFICIENT_SIZE;
    sampled_us = 1000000ULL * time(NULL);
    if (sampled_us <= last_seen_us || needed == 1)
        return NVML_ERROR_NOT_FOUND;
    memset(samples, 0, needed * sizeof *samples);
    for (unsigned i = 0; i < needed - 1; i++)
        samples[i] = (struct process_sample){.pid = knobs(gpu)->pids[i],
                                             .timeStamp = sampled_us,
                                             .smUtil = knobs(gpu)->sm_percents[i]};
    return NVML_SUCCESS;
}
