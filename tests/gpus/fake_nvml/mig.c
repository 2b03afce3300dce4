/* MIG: the mode of a card and the handles of its slices. */
#include "handles.h"

int nvmlDeviceGetMigMode(void *handle, u32 *now, u32 *pending) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "mig", &gpu, &is_slice);
    if (code != OK) return code;
    if (is_slice || gpu->mig < 0) return NOT_SUPPORTED;
    *now = *pending = (u32)gpu->mig;
    return OK;
}

int nvmlDeviceGetMaxMigDeviceCount(void *handle, u32 *count) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "mig", &gpu, &is_slice);
    if (code == OK) *count = gpu->mig == 1 ? MOST_SLICES : 0;
    return code;
}

/* Places without a slice answer NOT_FOUND, also between others, as on a real card. */
int nvmlDeviceGetMigDeviceHandleByIndex(void *handle, u32 index, void **slice_handle) {
    const struct scenario *scenario;
    int card, slice, code = find(handle, &scenario, &card, &slice);
    if (code != OK) return code;
    if (index >= (u32)scenario->cards[card].slice_count) return NOT_FOUND;
    const struct gpu *found = &scenario->cards[card].slices[index];
    if (!found->uuid[0]) return NOT_FOUND;
    *slice_handle = handle_of(card, (int)index);
    return failure_of(found, "handle");
}

int nvmlDeviceIsMigDeviceHandle(void *handle, u32 *is_slice) {
    const struct gpu *gpu;
    int found, code = look(handle, "", &gpu, &found);
    if (code == OK) *is_slice = (u32)found;
    return code;
}

int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(void *handle, void **card_handle) {
    const struct scenario *scenario;
    int card, slice, code = find(handle, &scenario, &card, &slice);
    if (code == OK) *card_handle = handle_of(card, -1);
    return code;
}

int nvmlDeviceGetGpuInstanceId(void *handle, u32 *instance) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "instance", &gpu, &is_slice);
    if (code != OK) return code;
    *instance = (u32)gpu->instance;
    return is_slice ? OK : NOT_SUPPORTED;
}

int nvmlDeviceGetAttributes_v2(void *handle, struct attributes_v2 *attributes) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "attributes", &gpu, &is_slice);
    if (code != OK) return code;
    if (!is_slice || gpu->total_mib < 0) return NOT_SUPPORTED;
    *attributes = (struct attributes_v2){
        .multiprocessors = 14 * (u32)gpu->gpu_slices,
        .gpu_slices = (u32)gpu->gpu_slices,
        .compute_slices = (u32)gpu->compute_slices,
        .memory_mb = (u64)gpu->total_mib,
    };
    return OK;
}
