/*
 * Who has attached pods or registered events: a client that goes takes its pods along, and what
 * else it has is charged to nobody.
 */
#pragma once

#include "gateway/event_broker/notices.h"

#define PROVIDERS_MAX 1024u

struct provider {
    struct notice end; /* first */
    struct provider *next;
    struct notices *notices; /* borrowed */
    struct via_call *call;   /* a count: holds the caller */
};

struct providers {
    struct provider *first; /* owned, until they go */
    unsigned n;
    struct notices *notices; /* borrowed */
};

void providers_init(struct providers *providers, struct notices *notices);
/* When no thread tells of ends any more. */
void providers_deinit(struct providers *providers);
/* The number of the client that made @call. */
uint64_t providers_number(const struct via_call *call);
/* Is told of its end from now on. VIA_BUSY: there are too many. */
VIA_MUST_USE enum via_status providers_keep(struct providers *providers, struct via_call *call);
/* It has gone: frees it, and returns its number. */
uint64_t providers_forget(struct providers *providers, struct provider *provider);
