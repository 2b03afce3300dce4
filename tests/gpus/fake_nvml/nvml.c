/* libnvidia-ml.so.1 as the tests have it: what the agent calls of NVML, over a scenario. */
#include "handles.h"

#include <stdio.h>
#include <string.h>

#define MIB (1024ull * 1024ull)

static int put(char *to, u32 size, const char *text) {
    if (strlen(text) + 1 > size) return INSUFFICIENT_SIZE;
    strcpy(to, text);
    return OK;
}

int nvmlInitWithFlags(u32 flags) {
    const struct scenario *scenario = load_scenario();
    (void)flags;
    if (scenario == NULL) return DRIVER_NOT_LOADED;
    if (scenario->init != OK) return scenario->init;
    started++;
    return OK;
}

int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

int nvmlShutdown(void) {
    if (!started) return UNINITIALIZED;
    started--;
    return OK;
}

const char *nvmlErrorString(int code) {
    static char text[40];
    snprintf(text, sizeof text, "error %d", code);
    return text;
}

int nvmlSystemGetDriverVersion(char *to, u32 size) {
    const struct scenario *scenario = load_scenario();
    if (!started || scenario == NULL) return UNINITIALIZED;
    return scenario->driver[0] ? put(to, size, scenario->driver) : NOT_SUPPORTED;
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
    const struct scenario *scenario = load_scenario();
    if (!started || scenario == NULL) return UNINITIALIZED;
    *version = scenario->cuda;
    return scenario->cuda ? OK : NOT_SUPPORTED;
}

int nvmlSystemGetCudaDriverVersion(int *version) {
    return nvmlSystemGetCudaDriverVersion_v2(version);
}

int nvmlDeviceGetCount_v2(u32 *count) {
    const struct scenario *scenario = load_scenario();
    if (!started) return UNINITIALIZED;
    if (scenario == NULL || scenario->init != OK) return DRIVER_NOT_LOADED;
    *count = (u32)scenario->card_count;
    return OK;
}

int nvmlDeviceGetHandleByIndex_v2(u32 index, void **handle) {
    const struct scenario *scenario = load_scenario();
    if (!started) return UNINITIALIZED;
    if (scenario == NULL || index >= (u32)scenario->card_count) return INVALID_ARGUMENT;
    *handle = handle_of((int)index, -1);
    return failure_of(&scenario->cards[index].self, "handle");
}

int nvmlDeviceGetHandleByUUID(const char *uuid, void **handle) {
    const struct scenario *scenario = load_scenario();
    if (!started || scenario == NULL) return UNINITIALIZED;
    for (int c = 0; c < scenario->card_count; c++) {
        const struct card *card = &scenario->cards[c];
        for (int s = -1; s < card->slice_count; s++)
            if (!strcmp(uuid, s < 0 ? card->self.uuid : card->slices[s].uuid)) {
                *handle = handle_of(c, s);
                return failure_of(&card->self, "handle");
            }
    }
    return NOT_FOUND;
}

int nvmlDeviceGetUUID(void *handle, char *to, u32 size) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "uuid", &gpu, &is_slice);
    return code != OK ? code : put(to, size, gpu->uuid);
}

int nvmlDeviceGetName(void *handle, char *to, u32 size) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "name", &gpu, &is_slice);
    const struct scenario *scenario;
    int card, slice;
    char name[160];
    if (code != OK) return code;
    if (!is_slice || gpu->name[0] || !gpu->profile[0])
        return gpu->name[0] ? put(to, size, gpu->name) : NOT_SUPPORTED;
    if ((code = find(handle, &scenario, &card, &slice)) != OK) return code;
    snprintf(name, sizeof name, "%s MIG %s", scenario->cards[card].self.name, gpu->profile);
    return put(to, size, name);
}

int nvmlDeviceGetMemoryInfo(void *handle, struct memory_v1 *memory) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "memory", &gpu, &is_slice);
    if (code != OK) return code;
    if (gpu->total_mib < 0) return NOT_SUPPORTED;
    memory->total = (u64)gpu->total_mib * MIB;
    memory->used = (u64)gpu->used_mib * MIB;
    memory->free = memory->total - memory->used;
    return OK;
}

#ifndef OLD_DRIVER
int nvmlDeviceGetMemoryInfo_v2(void *handle, struct memory_v2 *memory) {
    struct memory_v1 plain;
    if (memory->version != MEMORY_V2) return VERSION_MISMATCH;
    int code = nvmlDeviceGetMemoryInfo(handle, &plain);
    if (code != OK) return code;
    memory->total = plain.total;
    memory->used = plain.used;
    memory->free = plain.free;
    memory->reserved = 0;
    return OK;
}
#endif

int nvmlDeviceGetUtilizationRates(void *handle, struct utilization *rates) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "utilization", &gpu, &is_slice);
    if (code != OK) return code;
    if (is_slice || gpu->mig == 1 || gpu->utilization < 0) return NOT_SUPPORTED;
    rates->gpu = (u32)gpu->utilization;
    rates->memory = 0;
    return OK;
}

int nvmlDeviceGetTemperature(void *handle, u32 sensor, u32 *degrees) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "temperature", &gpu, &is_slice);
    if (code != OK) return code;
    if (is_slice || sensor != 0 || gpu->temperature < 0) return NOT_SUPPORTED;
    *degrees = (u32)gpu->temperature;
    return OK;
}

int nvmlDeviceGetTemperatureV(void *handle, struct temperature_v1 *asked) {
    u32 degrees = 0;
    if (asked->version != TEMPERATURE_V1) return VERSION_MISMATCH;
    int code = nvmlDeviceGetTemperature(handle, asked->sensor, &degrees);
    asked->temperature = (int)degrees;
    return code;
}

/* Samples of what worked; none at all is NOT_FOUND, as the real library has it. */
int nvmlDeviceGetProcessUtilization(void *handle, struct process_work *to, u32 *count, u64 since) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "samples", &gpu, &is_slice);
    u32 room = *count;
    if (code != OK) return code;
    if (is_slice || gpu->mig == 1 || !gpu->samples_told) return NOT_SUPPORTED;
    *count = (u32)gpu->work_count;
    if (gpu->work_count == 0) return NOT_FOUND;
    if (to == NULL || room < *count) return INSUFFICIENT_SIZE;
    for (u32 i = 0; i < *count; i++)
        to[i] = (struct process_work){.pid = gpu->work[i].pid, .at = since + 1 + i,
                                      .sm = gpu->work[i].percent};
    return OK;
}

/* The size call answers success only where the list is empty, as the real library does. */
static int list(void *handle, int which, const char *field, u32 *count, struct process_v3 *to) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, field, &gpu, &is_slice);
    u32 found = 0, room = *count;
    if (code != OK) return code;
    for (int i = 0; i < gpu->process_count; i++) {
        const struct process *process = &gpu->processes[i];
        if (process->list != which) continue;
        if (to != NULL && found < room)
            to[found] = (struct process_v3){
                .pid = process->pid,
                .used = process->mib < 0 ? NOT_AVAILABLE : (u64)process->mib * MIB,
                .gpu_instance = is_slice ? (u32)gpu->instance : NO_INSTANCE,
                .compute_instance = is_slice ? 0 : NO_INSTANCE,
            };
        found++;
    }
    *count = found;
    return found > (to == NULL ? 0 : room) ? INSUFFICIENT_SIZE : OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(void *handle, u32 *count, struct process_v3 *to) {
    return list(handle, COMPUTE, "processes", count, to);
}

int nvmlDeviceGetGraphicsRunningProcesses_v3(void *handle, u32 *count, struct process_v3 *to) {
    return list(handle, GRAPHICS, "graphics", count, to);
}

#ifndef OLD_DRIVER
int nvmlDeviceGetMPSComputeRunningProcesses_v3(void *handle, u32 *count, struct process_v3 *to) {
    return list(handle, MPS, "mps", count, to);
}

int nvmlDeviceGetFieldValues(void *handle, int count, struct field_value *values) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "recovery", &gpu, &is_slice);
    if (code != OK) return code;
    for (int i = 0; i < count; i++) {
        int known = values[i].field == RECOVERY_ACTION && gpu->recovery >= 0;
        values[i].result = known ? OK : NOT_SUPPORTED;
        values[i].type = VALUE_UINT;
        values[i].value.ui = known ? (u32)gpu->recovery : 0;
    }
    return OK;
}

int nvmlDeviceSetMemoryLimits_v1(void *handle, void *limits) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "limits", &gpu, &is_slice);
    (void)limits;
    return code != OK ? code : NOT_SUPPORTED;
}
#endif
