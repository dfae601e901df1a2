/*
 * The addresses of a host, without blocking the loop: the system's resolver blocks, so it runs in a
 * thread of its own for as long as it takes.
 */
#pragma once

#include "bridge/loop.h"

#define RESOLVE_ADDRESSES_MAX 8u
#define RESOLVE_TEXT_SIZE 64u

struct resolve;

/* What came of it: numeric addresses in the resolver's order, or none and why. */
struct resolved {
    size_t n_addresses;
    char addresses[RESOLVE_ADDRESSES_MAX][RESOLVE_TEXT_SIZE];
    char fault[128];
};

/* @done comes once, from within a turn of @loop, never before this has returned. */
VIA_MUST_USE enum via_status resolve_start(struct resolve **resolvep, struct loop *loop,
                                           const char *host,
                                           void (*done)(void *user, const struct resolved *found),
                                           void *user);
/* Afterwards @done does not come. Allowed within it. */
struct resolve *resolve_destroy(struct resolve *resolve);
