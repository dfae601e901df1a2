/*
 * Changes come under the lock, from anywhere; one job tells them in order. A program that is slow
 * while its link flaps loses the oldest ones, never the last.
 */
#include "bridge/link_changes.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "bridge/node.h"

struct link_change {
    struct link_change *next;
    enum via_link_state state;
    char words[];
};

static struct link_change *pop(struct link_changes *changes)
{
    struct link_change *change = changes->first;
    if (change == NULL)
        return NULL;
    changes->first = change->next;
    if (changes->first == NULL)
        changes->last = &changes->first;
    changes->n--;
    return change;
}

static void post(struct link_changes *changes)
{
    if (changes->first == NULL || changes->running || changes->job.queued)
        return;
    (void)node_ref(changes->node);
    workers_post(changes->node, &changes->job);
}

static void run(struct job *job)
{
    struct link_changes *changes =
        (struct link_changes *)((char *)job - offsetof(struct link_changes, job));
    struct via_node *node = changes->node;
    struct link_change *change = pop(changes);
    if (change != NULL) {
        const struct via_link_change told = {.state = change->state,
                                             .recovered = change->state == VIA_LINK_RESUMED,
                                             .words = change->words};
        changes->running = true;
        const struct link_watcher *watcher = changes->watchers;
        node_unlock(node);
        if (changes->changed != NULL)
            changes->changed(changes->user, &told);
        for (; watcher != NULL; watcher = watcher->next)
            watcher->changed(watcher->user, &told);
        free(change);
        node_lock(node);
        changes->running = false;
        post(changes);
    }
    (void)node_unref(node);
}

void link_changes_init(struct link_changes *changes, struct via_node *node)
{
    changes->node = node;
    changes->last = &changes->first;
    changes->job.run = run;
}

void link_changes_deinit(struct link_changes *changes)
{
    struct link_change *change;
    while ((change = pop(changes)) != NULL)
        free(change);
    while (changes->watchers != NULL) {
        struct link_watcher *watcher = changes->watchers;
        changes->watchers = watcher->next;
        free(watcher);
    }
}

bool link_changes_are_watched(const struct link_changes *changes)
{
    return changes->changed != NULL || changes->watchers != NULL;
}

enum via_status link_changes_watch(struct via_node *node,
                                   void (*changed)(void *user, const struct via_link_change *),
                                   void *user)
{
    struct link_watcher *watcher = malloc(sizeof *watcher);
    if (watcher == NULL)
        return VIA_NO_MEMORY;
    watcher->changed = changed;
    watcher->user = user;
    node_lock(node);
    watcher->next = node->link_changes.watchers;
    node->link_changes.watchers = watcher;
    node_unlock(node);
    return VIA_OK;
}

void link_changes_tell(struct link_changes *changes, enum via_link_state state, const char *words)
{
    if (!link_changes_are_watched(changes))
        return;
    size_t size = strlen(words) + 1;
    struct link_change *change = malloc(sizeof *change + size);
    if (change == NULL) {
        log_warn("link_changes.tell", "state=%d status=%s", (int)state,
                 via_status_name(VIA_NO_MEMORY));
        return;
    }
    change->next = NULL;
    change->state = state;
    memcpy(change->words, words, size);
    if (changes->n >= LINK_CHANGES_MAX)
        free(pop(changes));
    *changes->last = change;
    changes->last = &change->next;
    changes->n++;
    post(changes);
}

void link_changes_forget(struct link_changes *changes)
{
    changes->first = NULL;
    changes->last = &changes->first;
    changes->n = 0;
    changes->running = false;
    changes->job.queued = false;
}
