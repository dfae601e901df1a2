/*
 * What one client may have of the broker at the most, so that it leaves something for others.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "codecs/portfolio_events.h"
#include "codecs/portfolio_pod.h"

enum limit { LIMIT_PORTS, LIMIT_LISTENERS, LIMIT_PODS, LIMIT_EVENTS, LIMITS };

#define LIMIT_PORTS_DEFAULT 1024u
#define LIMIT_LISTENERS_DEFAULT 1024u
#define LIMIT_PODS_DEFAULT 64u
#define LIMIT_EVENTS_DEFAULT 32u

#define STAND_INS_MAX 1024u /* Items of devices and filesystems, those that are gone among them */

struct limits {
    uint32_t most[LIMITS];
};

/* "listeners"; and that is what an option ends with. */
const char *limit_name(enum limit limit);
/* What it may be, for all clients together. */
uint32_t limit_most(enum limit limit);
void limits_init(struct limits *limits);
/* false: @text is no number that this one may be. */
bool limits_read(struct limits *limits, enum limit limit, const char *text);
