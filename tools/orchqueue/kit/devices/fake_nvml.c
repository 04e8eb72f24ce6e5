/* A stand-in for libnvidia-ml.so.1: the functions of NVML's C interface that an orchestrator asks for its
 * devices with. What they answer stands in the file named by FAKE_NVML_STATE and is read anew by each call:
 *
 *   <result of initialising>
 *   <result> <uuid> <total bytes> <used bytes> <utilisation %> <ECC errors, -1: not supported> <name>
 *
 * with one line of the second kind for each device. A result is an nvmlReturn_t. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SUCCESS = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9,
    GPU_IS_LOST = 15,
    RESET_REQUIRED = 16
};

#define MOST_DEVICES 64

typedef struct {
    unsigned long long total, free, used;
} memory_t;

typedef struct {
    unsigned int gpu, memory;
} utilization_t;

typedef struct {
    int result;
    char uuid[96];
    uint64_t total, used;
    unsigned int utilization;
    long long ecc;
    char name[96];
} device_t;

typedef struct {
    int init;
    unsigned int count;
    device_t devices[MOST_DEVICES];
} state_t;

static int initialized;

static int read_state(state_t *state) {
    const char *path = getenv("FAKE_NVML_STATE");
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file) {
        return DRIVER_NOT_LOADED;
    }
    memset(state, 0, sizeof *state);
    int read = fscanf(file, "%d\n", &state->init);
    while (read == 1 && state->count < MOST_DEVICES) {
        device_t *d = &state->devices[state->count];
        if (fscanf(file, "%d %95s %" SCNu64 " %" SCNu64 " %u %lld %95[^\n]\n", &d->result, d->uuid, &d->total,
                   &d->used, &d->utilization, &d->ecc, d->name) != 7) {
            break;
        }
        state->count++;
    }
    fclose(file);
    return read == 1 ? state->init : DRIVER_NOT_LOADED;
}

/* A handle is the device's index and one more, so that none is NULL. */
static int find(void *handle, device_t *device) {
    state_t state;
    uintptr_t number = (uintptr_t)handle;
    if (!initialized) {
        return UNINITIALIZED;
    }
    int result = read_state(&state);
    if (result != SUCCESS) {
        return result;
    }
    if (number == 0 || number > state.count) {
        return GPU_IS_LOST;
    }
    *device = state.devices[number - 1];
    return device->result;
}

static int copy(char *to, unsigned int size, const char *from) {
    if (!to) {
        return INVALID_ARGUMENT;
    }
    if (strlen(from) >= size) {
        return INSUFFICIENT_SIZE;
    }
    strcpy(to, from);
    return SUCCESS;
}

int nvmlInitWithFlags(unsigned int flags) {
    state_t state;
    (void)flags;
    int result = read_state(&state);
    initialized = result == SUCCESS;
    return result;
}

int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

int nvmlShutdown(void) {
    int result = initialized ? SUCCESS : UNINITIALIZED;
    initialized = 0;
    return result;
}

const char *nvmlErrorString(int result) {
    switch (result) {
    case SUCCESS: return "Success";
    case UNINITIALIZED: return "Uninitialized";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case GPU_IS_LOST: return "GPU is lost";
    case RESET_REQUIRED: return "GPU requires reset";
    default: return "Another error";
    }
}

int nvmlDeviceGetCount_v2(unsigned int *count) {
    state_t state;
    if (!initialized) {
        return UNINITIALIZED;
    }
    int result = read_state(&state);
    *count = result == SUCCESS ? state.count : 0;
    return result;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **handle) {
    device_t device;
    unsigned int count;
    int result = nvmlDeviceGetCount_v2(&count);
    if (result == SUCCESS && index >= count) {
        result = INVALID_ARGUMENT;
    }
    if (result != SUCCESS) {
        return result;
    }
    *handle = (void *)(uintptr_t)(index + 1);
    result = find(*handle, &device);
    return result;
}

int nvmlDeviceGetUUID(void *handle, char *uuid, unsigned int size) {
    device_t device;
    int result = find(handle, &device);
    return result == SUCCESS ? copy(uuid, size, device.uuid) : result;
}

int nvmlDeviceGetName(void *handle, char *name, unsigned int size) {
    device_t device;
    int result = find(handle, &device);
    return result == SUCCESS ? copy(name, size, device.name) : result;
}

int nvmlDeviceGetMemoryInfo(void *handle, memory_t *memory) {
    device_t device;
    int result = find(handle, &device);
    if (result == SUCCESS) {
        memory->total = device.total;
        memory->used = device.used;
        memory->free = device.total - device.used;
    }
    return result;
}

int nvmlDeviceGetUtilizationRates(void *handle, utilization_t *rates) {
    device_t device;
    int result = find(handle, &device);
    if (result == SUCCESS) {
        rates->gpu = device.utilization;
        rates->memory = 0;
    }
    return result;
}

int nvmlDeviceGetTotalEccErrors(void *handle, int kind, int counter, unsigned long long *errors) {
    device_t device;
    int result = find(handle, &device);
    (void)counter;
    if (result != SUCCESS) {
        return result;
    }
    if (device.ecc < 0) {
        return NOT_SUPPORTED;
    }
    *errors = kind == 1 ? (unsigned long long)device.ecc : 0; /* 1: uncorrected */
    return SUCCESS;
}
