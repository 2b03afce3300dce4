/* A scenario: what the machine has at this moment, as its file says. README.md tells the format. */
#pragma once

#include "structs.h"

enum { MOST_CARDS = 16, MOST_SLICES = 7, MOST_PROCESSES = 32, MOST_FAILURES = 16, MOST_XIDS = 32 };
enum { MOST_WORK = 64 };
enum { COMPUTE, GRAPHICS, MPS };

struct process { int list; u32 pid; long long mib; };
struct work { u32 pid; unsigned int percent; };
struct failure { char field[24]; int code; };

/* One card or one slice; -1 in a measure means that it is not told. */
struct gpu {
    char uuid[96], name[96], profile[24];
    long long total_mib, used_mib;
    int utilization, temperature, recovery, mig;
    int instance, gpu_slices, compute_slices;
    struct process processes[MOST_PROCESSES];
    struct failure failures[MOST_FAILURES];
    struct work work[MOST_WORK];
    int process_count, failure_count, work_count, samples_told;
};

struct card { struct gpu self, slices[MOST_SLICES]; int slice_count; };
struct xid { int number; char uuid[96]; u64 code; u32 instance; };

struct scenario {
    int init, cuda, card_count, xid_count;
    char driver[80];
    struct card cards[MOST_CARDS];
    struct xid xids[MOST_XIDS];
};

/* Give the scenario, read again if its file changed; NULL where there is none. */
const struct scenario *load_scenario(void);

/* Give the error that the scenario wants for this field, else 0. */
int failure_of(const struct gpu *gpu, const char *field);
