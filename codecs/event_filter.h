/*
 * Event filters: which of an object's events a subscriber wants, and what becomes of them when it
 * does not keep up. As a program says it, as text (a command line, a query), as JSON, and as the
 * parameters of a subscription.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/parcel.h>

#define EVENT_FILTER_IDS_MAX 64u
#define EVENT_FILTER_WORDS_MAX 160u

enum event_policy {
    EVENT_POLICY_ANY = 0,       /* what its kind of session has without asking */
    EVENT_POLICY_OLDEST = 1,    /* the oldest are dropped, and it is told how many */
    EVENT_POLICY_NEWEST = 2,    /* only the newest of each id is kept for it */
    EVENT_POLICY_DISCONNECT = 3 /* its link is closed */
};

struct event_filter {
    enum event_policy policy;
    uint32_t n_ids; /* 0: all */
    uint32_t ids[EVENT_FILTER_IDS_MAX];
    uint32_t every_ms; /* at most one of each id in so many; 0: no limit */
    uint32_t age_ms;   /* kept ones that are older are left out; 0: none are */
    uint32_t value;    /* the number that is looked at: how many stand before it in the payload */
    bool by_change, has_low, has_high;
    double change;    /* at least so far from the last one that passed; 0: anything has changed */
    double low, high; /* and within */
};

/* Whether it lets everything through. */
bool event_filter_is_open(const struct event_filter *filter);
/* Whether its limits and numbers make sense; the other ways to say it see to that themselves. */
bool event_filter_is_sane(const struct event_filter *filter);
/* Copies @n ids, EVENT_FILTER_IDS_MAX at most, in any order. */
void event_filter_set_ids(struct event_filter *filter, const uint32_t *ids, uint32_t n);

/*
 * Sets one part of it from text: ids "1,2,3", every "100", age "5000", change "0.5", range "0:10"
 * (either end may be left out), value "0", policy "oldest", "newest" or "disconnect". VIA_INVALID
 * with @words: what is wrong, and what would be right. VIA_NOT_FOUND: no part has this name.
 */
VIA_MUST_USE enum via_status event_filter_set(struct event_filter *filter, const char *name,
                                              const char *value,
                                              char words[EVENT_FILTER_WORDS_MAX]);
/* The same from JSON: {"ids":[1,2],"every":100,"age":5000,"change":0.5,"range":[0,10],"value":0}.
 */
VIA_MUST_USE enum via_status event_filter_read_json(struct event_filter *filter, const char *text,
                                                    size_t size,
                                                    char words[EVENT_FILTER_WORDS_MAX]);

/* As parameters of a subscription; docs/PROTOCOL.md, "Events". VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status event_filter_write(const struct event_filter *filter,
                                                struct via_parcel *parcel);
/* What stands next in @parcel; nothing is a filter that is open. VIA_INVALID for anything that is
 * no filter. */
VIA_MUST_USE enum via_status event_filter_read(struct event_filter *filter,
                                               struct via_parcel *parcel);
