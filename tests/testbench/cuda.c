/* A stand-in for NVIDIA's libcuda.so.1: as much of it as says which boards CUDA shows.
 *
 * Like the driver's, it takes CUDA_VISIBLE_DEVICES (indices alone) as it is at cuInit. The
 * boards are the devices "gpu:N" of the truth's file, JUPYTER_GREEN_BENCH.
 */
#define _GNU_SOURCE
#include "truth.h"

#include <stdio.h>
#include <stdlib.h>

#define API __attribute__((visibility("default"))) int

enum { SUCCESS = 0, NOT_INITIALIZED = 3, NO_DEVICE = 100, INVALID_DEVICE = 101 };

static const struct truth *truth;
static int slots[TRUTH_DEVICES], shown = -1;

API cuInit(unsigned flags)
{
    const char *path = getenv("JUPYTER_GREEN_BENCH"), *visible = getenv("CUDA_VISIBLE_DEVICES");
    char name[32], *end;
    (void)flags;
    if (!path || !(truth = truth_open(path)))
        return NO_DEVICE;
    if (shown >= 0)
        return SUCCESS;
    shown = 0;
    for (long index = 0; shown < TRUTH_DEVICES; index++) {
        if (visible) {
            index = strtol(visible, &end, 10);
            if (end == visible)
                break;
            visible = *end ? end + 1 : end;
        }
        snprintf(name, sizeof name, "gpu:%ld", index);
        if ((slots[shown] = truth_slot(truth, name)) < 0)
            break;
        shown++;
    }
    return shown ? SUCCESS : NO_DEVICE;
}

API cuDeviceGetCount(int *count)
{
    if (shown < 0)
        return NOT_INITIALIZED;
    *count = shown;
    return shown ? SUCCESS : NO_DEVICE;
}

API cuDeviceGet(int *device, int ordinal)
{
    if (shown < 0)
        return NOT_INITIALIZED;
    *device = ordinal;
    return ordinal >= 0 && ordinal < shown ? SUCCESS : INVALID_DEVICE;
}

API cuDeviceGetUuid_v2(unsigned char uuid[16], int device)
{
    const char *text = truth->devices[slots[device]].uuid + strlen("GPU-");
    for (int i = 0; i < 16; i++, text += 2) {
        text += *text == '-';
        sscanf(text, "%2hhx", &uuid[i]);
    }
    return SUCCESS;
}

API cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active)
{
    (void)device;
    *flags = 0;
    *active = 0;
    return SUCCESS;
}
