/* A handle is the address of a place: place 0 of a card is the card itself, 1 and on its slices. */
#include "handles.h"

#include <stddef.h>

struct place { char unused; };
static struct place places[MOST_CARDS][MOST_SLICES + 1];
int started;

void *handle_of(int card, int slice) {
    return &places[card][slice + 1];
}

int find(const void *handle, const struct scenario **scenario, int *card, int *slice) {
    ptrdiff_t at = (const struct place *)handle - &places[0][0];
    if (!started) return UNINITIALIZED;
    *scenario = load_scenario();
    if (*scenario == NULL) return DRIVER_NOT_LOADED;
    if (at < 0 || at >= MOST_CARDS * (MOST_SLICES + 1)) return INVALID_ARGUMENT;
    *card = (int)at / (MOST_SLICES + 1);
    *slice = (int)at % (MOST_SLICES + 1) - 1;
    if (*card >= (*scenario)->card_count) return INVALID_ARGUMENT;
    return *slice < (*scenario)->cards[*card].slice_count ? OK : INVALID_ARGUMENT;
}

int look(const void *handle, const char *field, const struct gpu **gpu, int *is_slice) {
    const struct scenario *scenario;
    int card, slice, code = find(handle, &scenario, &card, &slice);
    if (code != OK) return code;
    const struct card *found = &scenario->cards[card];
    *gpu = slice < 0 ? &found->self : &found->slices[slice];
    *is_slice = slice >= 0;
    code = failure_of(&found->self, "all");
    return code != OK ? code : failure_of(*gpu, field);
}
