/*
 * Calls that are answered when listeners have answered what they were told: who lets fields go by
 * one by one does not outrun them.
 */
#pragma once

#include <viaduct/viaduct.h>

#include "gateway/event_broker/listeners.h"

#define SETTLINGS_MAX 64u

struct settling {
    struct via_call *call; /* a count */
    uint32_t unanswered;   /* records that each listener may still have */
};

struct settlings {
    struct settling all[SETTLINGS_MAX]; /* in the order in which they came */
    unsigned n;
};

/* Calls that nobody answers then go with an error. */
void settlings_deinit(struct settlings *settlings);
/* VIA_BUSY: there are too many. */
VIA_MUST_USE enum via_status settlings_add(struct settlings *settlings, struct via_call *call,
                                           uint32_t unanswered);
/* The first that is to be answered now, whose count is the caller's; NULL: none. */
struct via_call *settlings_take(struct settlings *settlings, const struct listeners *listeners);
