/*
 * Names: what this node has published.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/node.h>

#include "bridge/loop.h"

struct publication;

#define NAMES_RETRY_FIRST_MS 16u /* until what could not be asked is; twice as long each time */
#define NAMES_RETRY_MS 1000u     /* the longest of these pauses */
#define NAMES_DENIED_MS 60000u   /* for what was allowed before, until it is given up */
#define NAMES_PATIENCE_MS 1000u  /* for an answer, until it is left for later */

struct names {
    struct publication *first, **last; /* a count of each, the oldest first */
    struct loop_timer retry;
    uint32_t retry_ms;     /* the next pause */
    struct via_node *node; /* borrowed: what this is part of */
};

void names_init(struct names *names, struct via_node *node);

/* All with the lock held. */

/* A new session: everything is published and watched again. */
void names_restore(struct via_node *node);
/* What could not be asked now is asked again, in a while or as soon as this turn is over. */
void names_retry_later(struct via_node *node);
void names_retry_soon(struct via_node *node);
/* Whether there is something that a new session would serve. */
bool names_any(const struct via_node *node);
/* In the child of a fork: names for numbers are the parent's, as these are. */
void names_forget_numbers(struct via_node *node);
/* @stub has died: its names are not published again. */
void names_withdrawn(struct via_node *node, struct via_stub *stub);
/* The object of this process that had @number has ended. */
void names_number_over(struct via_node *node, uint32_t number);
/* @number is somebody else's now: the names that stand for it go. */
void names_number_lost(struct via_node *node, uint32_t number);
/* The node is closed: nothing is. */
void names_forget(struct via_node *node);
