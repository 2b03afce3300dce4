/* The structures of NVML that the real Python bindings hand over, with the sizes they must have. */
#pragma once

enum {
    OK = 0,
    UNINITIALIZED = 1,
    INVALID_ARGUMENT = 2,
    NOT_SUPPORTED = 3,
    NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7,
    DRIVER_NOT_LOADED = 9,
    TIMEOUT = 10,
    VERSION_MISMATCH = 25,
};

#define NO_INSTANCE 0xFFFFFFFFu
#define NOT_AVAILABLE 0xFFFFFFFFFFFFFFFFull
#define MEMORY_V2 0x02000028u
#define TEMPERATURE_V1 0x0100000Cu
#define XID_EVENT 0x8ull
#define RECOVERY_ACTION 230u
#define VALUE_UINT 1u

typedef unsigned int u32;
typedef unsigned long long u64;

struct memory_v1 { u64 total, free, used; };
struct memory_v2 { u32 version; u64 total, reserved, free, used; };
struct utilization { u32 gpu, memory; };
struct temperature_v1 { u32 version, sensor; int temperature; };
struct process_v3 { u32 pid; u64 used; u32 gpu_instance, compute_instance; };
struct process_work { u32 pid; u64 at; u32 sm, memory, encoder, decoder; };
struct event_data { void *device; u64 type, data; u32 gpu_instance, compute_instance; };
struct attributes_v2 {
    u32 multiprocessors, copy_engines, decoders, encoders, jpegs, ofas, gpu_slices, compute_slices;
    u64 memory_mb;
};
struct field_value {
    u32 field, scope;
    long long timestamp, latency;
    u32 type, result;
    union { double d; u32 ui; u64 ull; } value;
};

_Static_assert(sizeof(struct memory_v2) == 40, "nvmlMemory_v2_t");
_Static_assert(sizeof(struct process_v3) == 24, "nvmlProcessInfo_v2_t");
_Static_assert(sizeof(struct process_work) == 32, "nvmlProcessUtilizationSample_t");
_Static_assert(sizeof(struct event_data) == 32, "nvmlEventData_t");
_Static_assert(sizeof(struct attributes_v2) == 40, "nvmlDeviceAttributes_t");
_Static_assert(sizeof(struct field_value) == 40, "nvmlFieldValue_t");
