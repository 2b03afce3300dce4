/* What a handle means: the one way from a pointer of the caller to a card or slice. */
#pragma once

#include "scenario.h"

/* How often NVML is initialised just now. */
extern int started;

/* Give the handle of a card (slice -1) or of one of its slices. */
void *handle_of(int card, int slice);

/* Find the card and slice (-1: the card itself) behind a handle. */
int find(const void *handle, const struct scenario **scenario, int *card, int *slice);

/* Find what a handle means, and give the error that the scenario wants for this field. */
int look(const void *handle, const char *field, const struct gpu **gpu, int *is_slice);
