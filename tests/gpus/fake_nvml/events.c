/* Events: each Xid of the scenario reaches a watching event set once, by its number. */
#include "handles.h"

#include <string.h>
#include <time.h>

static u64 watched[MOST_CARDS];
static int delivered;
static char the_set;

int nvmlEventSetCreate(void **set) {
    if (!started) return UNINITIALIZED;
    *set = &the_set;
    return OK;
}

int nvmlEventSetFree(void *set) {
    memset(watched, 0, sizeof watched);
    return set == &the_set ? OK : INVALID_ARGUMENT;
}

int nvmlDeviceGetSupportedEventTypes(void *handle, u64 *types) {
    const struct gpu *gpu;
    int is_slice, code = look(handle, "events", &gpu, &is_slice);
    if (code == OK) *types = XID_EVENT;
    return code;
}

int nvmlDeviceRegisterEvents(void *handle, u64 types, void *set) {
    const struct scenario *scenario;
    const struct gpu *gpu;
    int card, slice, is_slice, code = look(handle, "events", &gpu, &is_slice);
    if (code != OK) return code;
    if (is_slice || set != &the_set) return INVALID_ARGUMENT;
    if ((code = find(handle, &scenario, &card, &slice)) == OK) watched[card] |= types;
    return code;
}

static int deliver(const struct scenario *scenario, const struct xid *xid, struct event_data *to) {
    for (int card = 0; card < scenario->card_count; card++)
        if (!strcmp(scenario->cards[card].self.uuid, xid->uuid) && (watched[card] & XID_EVENT)) {
            *to = (struct event_data){handle_of(card, -1), XID_EVENT, xid->code, xid->instance,
                                      NO_INSTANCE};
            delivered = xid->number;
            return 1;
        }
    return 0;
}

int nvmlEventSetWait_v2(void *set, struct event_data *data, u32 timeout_ms) {
    struct timespec step = {.tv_nsec = 1000000};
    for (u32 waited = 0;; waited++) {
        const struct scenario *scenario = load_scenario();
        if (!started || scenario == NULL || set != &the_set) return UNINITIALIZED;
        for (int i = 0; i < scenario->xid_count; i++)
            if (scenario->xids[i].number > delivered && deliver(scenario, &scenario->xids[i], data))
                return OK;
        if (waited >= timeout_ms) return TIMEOUT;
        nanosleep(&step, NULL);
    }
}
