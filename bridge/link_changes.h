/*
 * What becomes of a node's link, for the program: told one after the other, by a worker.
 */
#pragma once

#include <stdbool.h>
#include <viaduct/node.h>

#include "bridge/job.h"

struct link_change;

/* One of a family's, beside the program's own. */
struct link_watcher {
    struct link_watcher *next;
    void (*changed)(void *user, const struct via_link_change *change);
    void *user; /* borrowed */
};

#define LINK_CHANGES_MAX 32u /* that wait for the program; then the oldest go */

struct link_changes {
    void (*changed)(void *user, const struct via_link_change *change); /* NULL: nobody asks */
    void *user;                                                        /* borrowed */
    struct link_watcher *watchers;     /* owned; they stay as long as the node */
    struct link_change *first, **last; /* owned */
    unsigned n;
    struct job job;
    bool running;
    struct via_node *node; /* borrowed: what this is part of */
};

void link_changes_init(struct link_changes *changes, struct via_node *node);
void link_changes_deinit(struct link_changes *changes);

/* With the lock held. @words are copied. */
void link_changes_tell(struct link_changes *changes, enum via_link_state state, const char *words);
/* Whether anybody is told. */
bool link_changes_are_watched(const struct link_changes *changes);
/* Without the lock: @changed is told too from now on, as via_node_options.link_changed is. It keeps
 * the node connected. VIA_NO_MEMORY. */
VIA_MUST_USE enum via_status link_changes_watch(struct via_node *node,
                                                void (*changed)(void *user,
                                                                const struct via_link_change *),
                                                void *user) /* for the families' libraries: */
    __asm__("via_link_changes_watch") __attribute__((visibility("default")));
/* In the child of a fork: what waited is the parent's. */
void link_changes_forget(struct link_changes *changes);
