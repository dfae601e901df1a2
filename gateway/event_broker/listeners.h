/*
 * Listeners, the newest first, and which of them has the focus.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/event_broker/event_mask.h"
#include "gateway/event_broker/pod.h"

#define LISTENERS_MAX 4096u
#define LISTENERS_BUCKETS 1024u
#define POD_SET_WORDS 8u

/* What buttons a listener takes for pressed. */
struct listener_memory {
    struct pod_state held; /* only words of buttons */
};

struct pod_set {
    uint32_t words[POD_SET_WORDS]; /* by number or ordinal */
};

/* The entries of tables that a listener has not been told. */
struct listener_table {
    struct pod_set changed[PORTFOLIO_CLASSES]; /* by ordinal */
    bool is_told;                              /* some: until it has answered, no more */
};

struct listener {
    struct listener *next, *next_in_bucket;
    uint32_t port;
    uint64_t client;   /* that made it one */
    uint32_t category; /* enum ListenerCategory */
    struct event_mask trigger, capture;
    unsigned queue_max, n_outstanding;
    bool is_configured;  /* else it has a table alone */
    bool may_keys;       /* be told which keys are pressed */
    bool is_told_focus;  /* that it has it */
    bool is_pods_change; /* the chain has changed since its last record */
    bool is_lost;        /* events were: the next record says so */
    struct pod_set owed; /* then, by number: pods whose Update it gets */
    struct listener_memory
        *memory[PORTFOLIO_POD_NUMBER_MAX + 1]; /* owned, by number; NULL: nothing held */
    struct listener_table *table;              /* owned; NULL: it has none */
};

struct listeners {
    struct listener *first;                      /* owned */
    struct listener *buckets[LISTENERS_BUCKETS]; /* the same, by port */
    struct listener *focus;                      /* NULL: nobody has it */
    unsigned n;
};

bool pod_set_has(const struct pod_set *set, uint8_t number);
void pod_set_add(struct pod_set *set, uint8_t number);
void pod_set_remove(struct pod_set *set, uint8_t number);
void pod_set_fill(struct pod_set *set);
bool pod_set_is_empty(const struct pod_set *set);

void listeners_deinit(struct listeners *listeners);
struct listener *listeners_find(const struct listeners *listeners, uint32_t port);
/* In front of all others, with category LC_NoSeeUm. NULL: memory is short, or there are too many.
 */
struct listener *listeners_add(struct listeners *listeners, uint32_t port, uint64_t client);
/* How many @client has made. */
unsigned listeners_count(const struct listeners *listeners, uint64_t client);
/* Frees it. The focus, if it has that, goes to the first that can have it. */
void listeners_remove(struct listeners *listeners, struct listener *listener);
/* To the front: it begins only now. */
void listeners_renew(struct listeners *listeners, struct listener *listener);

bool listener_can_have_focus(const struct listener *listener);
/* It is told what users do. */
bool listener_hears_users(const struct listeners *listeners, const struct listener *listener);
/* Takes the focus, or gives it up, after its category has become @category. */
void listeners_set_category(struct listeners *listeners, struct listener *listener,
                            uint32_t category);
