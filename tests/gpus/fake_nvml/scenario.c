/* Reads the scenario file named by FAKE_NVML_SCENARIO; a line it does not know ends the process. */
#include "scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct scenario current;
static struct stat read_at;

static void refuse(const char *line) {
    fprintf(stderr, "fake libnvidia-ml: can't read this line of the scenario: %s\n", line);
    abort();
}

static void copy(char *to, size_t size, const char *from) {
    snprintf(to, size, "%s", from);
}

static struct gpu fresh(const char *uuid) {
    struct gpu gpu = {.total_mib = -1, .used_mib = 0, .utilization = -1, .temperature = -1,
                      .recovery = -1, .mig = -1, .instance = 0, .gpu_slices = 1,
                      .compute_slices = 1};
    copy(gpu.uuid, sizeof gpu.uuid, uuid);
    return gpu;
}

static int add_process(struct gpu *gpu, int list, const char *rest) {
    struct process process = {.list = list, .mib = -1};
    if (gpu->process_count == MOST_PROCESSES || sscanf(rest, "%u %lld", &process.pid, &process.mib) < 1)
        return 0;
    gpu->processes[gpu->process_count++] = process;
    return 1;
}

/* "samples" alone: the driver samples processes and has none to tell. */
static int add_work(struct gpu *gpu, const char *rest) {
    struct work work;
    gpu->samples_told = 1;
    if (rest[0] == '\0') return 1;
    if (gpu->work_count == MOST_WORK || sscanf(rest, "%u %u", &work.pid, &work.percent) != 2)
        return 0;
    gpu->work[gpu->work_count++] = work;
    return 1;
}

static int add_failure(struct gpu *gpu, const char *rest) {
    struct failure failure;
    if (gpu->failure_count == MOST_FAILURES || sscanf(rest, "%23s %d", failure.field, &failure.code) != 2)
        return 0;
    gpu->failures[gpu->failure_count++] = failure;
    return 1;
}

static int add_xid(const char *rest) {
    struct xid xid = {.instance = NO_INSTANCE};
    if (current.xid_count == MOST_XIDS
        || sscanf(rest, "%d %95s %llu %u", &xid.number, xid.uuid, &xid.code, &xid.instance) < 3)
        return 0;
    current.xids[current.xid_count++] = xid;
    return 1;
}

/* A line about the card or slice that was named last. */
static int read_gpu_line(struct gpu *gpu, const char *word, const char *rest) {
    if (gpu == NULL) return 0;
    if (!strcmp(word, "name")) return copy(gpu->name, sizeof gpu->name, rest), 1;
    if (!strcmp(word, "profile")) return copy(gpu->profile, sizeof gpu->profile, rest), 1;
    if (!strcmp(word, "memory")) return sscanf(rest, "%lld %lld", &gpu->total_mib, &gpu->used_mib) >= 1;
    if (!strcmp(word, "utilization")) return sscanf(rest, "%d", &gpu->utilization) == 1;
    if (!strcmp(word, "temperature")) return sscanf(rest, "%d", &gpu->temperature) == 1;
    if (!strcmp(word, "recovery")) return sscanf(rest, "%d", &gpu->recovery) == 1;
    if (!strcmp(word, "mig")) return gpu->mig = !strcmp(rest, "on"), 1;
    if (!strcmp(word, "instance")) return sscanf(rest, "%d", &gpu->instance) == 1;
    if (!strcmp(word, "parts"))
        return sscanf(rest, "%d %d", &gpu->gpu_slices, &gpu->compute_slices) == 2;
    if (!strcmp(word, "process")) return add_process(gpu, COMPUTE, rest);
    if (!strcmp(word, "graphics")) return add_process(gpu, GRAPHICS, rest);
    if (!strcmp(word, "mps")) return add_process(gpu, MPS, rest);
    if (!strcmp(word, "samples")) return add_work(gpu, rest);
    if (!strcmp(word, "fail")) return add_failure(gpu, rest);
    return 0;
}

static struct gpu *add_card(const char *uuid) {
    if (current.card_count == MOST_CARDS) return NULL;
    struct card *card = &current.cards[current.card_count++];
    card->slice_count = 0;
    card->self = fresh(uuid);
    return &card->self;
}

static struct gpu *add_slice(const char *uuid) {
    if (current.card_count == 0) return NULL;
    struct card *card = &current.cards[current.card_count - 1];
    if (card->slice_count == MOST_SLICES) return NULL;
    card->slices[card->slice_count] = fresh(uuid);
    return &card->slices[card->slice_count++];
}

static int read_line(struct gpu **gpu, char *line) {
    char word[24] = "";
    int at = 0;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, " %23s %n", word, &at) < 1 || word[0] == '#') return 1;
    const char *rest = line + at;
    if (!strcmp(word, "slice") && !strcmp(rest, "none")) return (*gpu = add_slice("")) != NULL;
    if (!strcmp(word, "gpu")) return (*gpu = add_card(rest)) != NULL;
    if (!strcmp(word, "slice")) return (*gpu = add_slice(rest)) != NULL;
    if (!strcmp(word, "xid")) return add_xid(rest);
    if (!strcmp(word, "init")) return sscanf(rest, "%d", &current.init) == 1;
    if (!strcmp(word, "cuda")) return sscanf(rest, "%d", &current.cuda) == 1;
    if (!strcmp(word, "driver")) return copy(current.driver, sizeof current.driver, rest), 1;
    return read_gpu_line(*gpu, word, rest);
}

static void read_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (file == NULL) refuse(path);
    memset(&current, 0, sizeof current);
    struct gpu *gpu = NULL;
    char line[256], whole[256];
    while (fgets(line, sizeof line, file)) {
        copy(whole, sizeof whole, line);
        if (!read_line(&gpu, line)) refuse(whole);
    }
    fclose(file);
}

static int same(const struct stat *a, const struct stat *b) {
    return a->st_ino == b->st_ino && a->st_size == b->st_size
        && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

const struct scenario *load_scenario(void) {
    const char *path = getenv("FAKE_NVML_SCENARIO");
    struct stat now;
    if (path == NULL || stat(path, &now) != 0) return NULL;
    if (!same(&now, &read_at)) {
        read_file(path);
        read_at = now;
    }
    return &current;
}

int failure_of(const struct gpu *gpu, const char *field) {
    for (int i = 0; i < gpu->failure_count; i++)
        if (!strcmp(gpu->failures[i].field, field) || !strcmp(gpu->failures[i].field, "all"))
            return gpu->failures[i].code;
    return OK;
}
