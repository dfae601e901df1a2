/*
 * What is measured of the event broker, beside the core doing the same: one who reports states, a
 * process between that tells listeners of each, and those. A listener answers each record; of what
 * comes while it has PORTFOLIO_SIDE_QUEUE of them to answer, it gets the newest.
 */
#pragma once

#include <stdint.h>

#define PORTFOLIO_SIDE_QUEUE 20u  /* EVENT_QUEUE_MAX_PERMITTED */
#define PORTFOLIO_SIDE_STATE 28u  /* octets of one state on its way, */
#define PORTFOLIO_SIDE_RECORD 64u /* and of a record with it */

/* What a driver of it prints: order.size. */
enum portfolio_figure {
    PORTFOLIO_TIMES, /* from a report until all know it */
    PORTFOLIO_SHARE  /* of the order before: records that came, of those that could, in thousandths
                      */
};

/* Functions of either side, each for a process of its own. 0 on success. */
struct portfolio_side {
    const char *name;
    /* Listens to @service, from now on. */
    int (*listen)(const char *service);
    /* Waits for the next record, takes it, and answers it. */
    int (*hear)(uint32_t *numberp);
    /* Reports to @service, from now on. */
    int (*attach)(const char *service);
    /* A state, and does not wait. */
    int (*report)(uint32_t number);
};

extern const struct portfolio_side portfolio_side_core, portfolio_side_portfolio;

/* The core's process between: published as @service, then for ever. */
int portfolio_side_open_relay(const char *service);
void portfolio_side_relay(void);
