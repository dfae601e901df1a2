/*
 * The chain of pods: who is there, and by which numbers.
 */
#pragma once

#include "gateway/event_broker/pod.h"

struct pods {
    struct pod *chain[PORTFOLIO_POD_NUMBER_MAX]; /* owned, in the chain's order */
    unsigned n;
    uint64_t n_gone;
    struct {
        uint64_t gone; /* in the order in which they went, from 1; 0: nobody has had it */
        uint32_t type;
        char name[POD_NAME_SIZE];
    } past[PORTFOLIO_POD_NUMBER_MAX + 1]; /* by number */
};

struct pod_offer {
    uint32_t type, flags;
    const char *name; /* at most POD_NAME_SIZE - 1 octets */
    uint64_t provider;
    uint32_t system; /* 0: of the broker's host */
    bool has_raw;
    bool is_input; /* a device of this host's, whose provider has no limit */
};

void pods_deinit(struct pods *pods);
/* At the chain's end; but one that is leaving stays where it is. NULL: memory is short, or the
 * chain is full. */
struct pod *pods_attach(struct pods *pods, const struct pod_offer *offer, uint32_t field);
/* Frees it. */
void pods_detach(struct pods *pods, struct pod *pod);
/* How many @provider has. */
unsigned pods_count(const struct pods *pods, uint64_t provider);
/* NULL: none that is there, and stays. */
struct pod *pods_find(const struct pods *pods, int32_t number);
/* The @ordinal-th of a class, from 1; NULL: there is none. */
struct pod *pods_find_ordinal(const struct pods *pods, unsigned generic, unsigned ordinal);
