/* A stand-in for Windows' pdh.dll, computed from the truth.
 *
 * It has the functions that read raw counters, with the signatures, structures and codes of
 * Microsoft's pdh.h and pdhmsg.h, and one counter, \Energy Meter(*)\Energy, in picowatt-hours.
 * Its instances are the truth's devices (JUPYTER_GREEN_BENCH names the file) and _Total, which
 * shows 0, as was seen on real machines. Texts are of this system's wchar_t.
 */
#define _GNU_SOURCE
#include "truth.h"

#include <stdlib.h>
#include <wchar.h>

#define API __attribute__((visibility("default"))) uint32_t
#define BENCH_VARIABLE "JUPYTER_GREEN_BENCH"
#define COUNTERS L"\\Energy Meter(*)\\Energy"

enum {
    ERROR_SUCCESS = 0,
    PDH_CSTATUS_NO_OBJECT = 0xC0000BB8,
    PDH_CSTATUS_INVALID_DATA = 0xC0000BBA,
    PDH_MORE_DATA = 0x800007D2,
    PDH_NO_DATA = 0x800007D5,
    PDH_INVALID_HANDLE = 0xC0000BBC,
};

struct raw_counter {
    uint32_t status;
    uint32_t time_low, time_high;
    int64_t first_value, second_value;
    uint32_t multi_count;
};
struct item {
    wchar_t *name;
    struct raw_counter raw;
};
struct query {
    const struct truth *truth;
    int count; /* of what was collected last */
    struct raw_counter collected[TRUTH_DEVICES + 1];
};

API PdhOpenQueryW(const wchar_t *source, uintptr_t user, void **handle)
{
    const char *path = getenv(BENCH_VARIABLE);
    struct query *query = calloc(1, sizeof *query);
    (void)source, (void)user;
    query->truth = path ? truth_open(path) : NULL;
    *handle = query;
    return ERROR_SUCCESS;
}

API PdhAddEnglishCounterW(void *handle, const wchar_t *path, uintptr_t user, void **counter)
{
    struct query *query = handle;
    (void)user;
    if (!query->truth || !query->truth->device_count || wcscmp(path, COUNTERS))
        return PDH_CSTATUS_NO_OBJECT;
    *counter = query;
    return ERROR_SUCCESS;
}

API PdhCollectQueryData(void *handle)
{
    struct query *query = handle;
    int failing = 0;
    query->count = query->truth->device_count + 1;
    for (int slot = 0; slot < query->truth->device_count; slot++) {
        struct truth_reading reading;
        int state = truth_read(query->truth, slot, &reading);
        struct raw_counter *raw = &query->collected[slot];
        *raw = (struct raw_counter){.status = state ? PDH_CSTATUS_INVALID_DATA : 0};
        raw->first_value = state ? 0 : reading.counter;
        failing += state == TRUTH_FAILING;
    }
    query->collected[query->count - 1] = (struct raw_counter){0};
    return failing == query->truth->device_count ? PDH_NO_DATA : ERROR_SUCCESS;
}

API PdhGetRawCounterArrayW(void *counter, uint32_t *size, uint32_t *count, struct item *items)
{
    struct query *query = counter;
    uint32_t needed = query->count * (sizeof *items + 64 * sizeof(wchar_t));
    wchar_t *name = (wchar_t *)(items + query->count); /* the names follow the items */
    uint32_t room = *size;
    *size = needed;
    *count = query->count;
    if (!items || room < needed)
        return PDH_MORE_DATA;
    for (int i = 0; i < query->count; i++, name += 64) {
        int is_total = i == query->count - 1;
        swprintf(name, 64, L"%s", is_total ? "_Total" : query->truth->devices[i].name);
        items[i] = (struct item){name, query->collected[i]};
    }
    return ERROR_SUCCESS;
}

API PdhCloseQuery(void *handle)
{
    if (!handle)
        return PDH_INVALID_HANDLE;
    free(handle);
    return ERROR_SUCCESS;
}
