/*
 * Two ends joined by a link of some kind, both on one loop, for the suite that all links pass.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/link.h"

struct link_pair;

struct link_end {
    struct link_pair *pair;
    struct link *link; /* NULL once destroyed */
    struct outbox *outbox;
    uint8_t *octets; /* what was received */
    size_t size, capacity;
    size_t n_received; /* events */
    size_t n_drained;
    int fds[OUTBOX_FDS_MAX];
    size_t n_fds;
    size_t n_lost; /* times that some of them were */
    bool opened, closed;
    enum via_status why;
    char detail[600];
    /* What it does with what comes; NULL: keeps it in octets. */
    enum via_status (*taking)(struct link_end *end, const uint8_t *octets, size_t size,
                              size_t *usedp);
    void *taking_user;
    /* Destroys its link in this event: 'o'pened, 'r'eceived, 'd'rained, 'c'losed. */
    char destroys_in;
};

struct link_kind {
    const char *name;
    void (*open)(struct link_pair *pair); /* makes both links; they may take turns to open */
    void (*close)(struct link_pair *pair);
};

struct link_pair {
    const struct link_kind *kind;
    struct loop *loop;
    pthread_mutex_t lock;
    struct link_end a, b; /* a is the one that connects */
    void *state;          /* the kind's */
    size_t n_fds_before;
};

extern const struct link_kind unix_kind, wss_kind;

struct link_pair *link_pair_create(const struct link_kind *kind);
struct link_pair *link_pair_destroy(struct link_pair *pair);

/* For link_kind: events of an end, whose user is the end. */
extern const struct link_events link_end_events;

/* Turns the loop until @done says so; fails the test after 20 s. */
void link_pair_turn_until(struct link_pair *pair, bool (*done)(struct link_pair *pair));
bool link_pair_is_open(struct link_pair *pair);
bool link_pair_is_closed(struct link_pair *pair);

/* Adds @size octets to the end's outbox. */
void link_end_add(struct link_end *end, const void *octets, size_t size);
void link_end_destroy_link(struct link_end *end);
