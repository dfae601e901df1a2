/*
 * Watches of names: a sink is told of each name that matches as it appears, changes and goes; first
 * of those that are there. One whose session is full is told of all that are there again, behind a
 * gap, when there is room.
 */
#pragma once

#include "gateway/directory.h"

struct name_watch {
    uint32_t id;
    struct session *session;             /* borrowed: closes it at its end */
    struct gateway_object *sink;         /* one count */
    char *family, *pattern, *class_name; /* in the watch's own memory */
    uint64_t number;                     /* of its notices */
    bool walking;                        /* is being told of those that are there */
    bool again;                          /* what it was told while walking is not true any more */
    bool gap;                            /* to be told with the next notice */
    char cursor[DIRECTORY_CURSOR_MAX];
    struct name_watch *next;
};

struct name_watches {
    struct name_watch *first;
    uint32_t n, max, next_id;
};

void name_watches_init(struct name_watches *watches, uint32_t max);

VIA_MUST_USE enum via_status name_watches_add(struct name_watches *watches, struct session *session,
                                              struct gateway_object *sink, const char *family,
                                              const char *pattern, const char *class_name,
                                              struct name_watch **watchp);
/* One that another process had: @watch and its texts are copied. */
VIA_MUST_USE enum via_status name_watches_restore(struct name_watches *watches,
                                                  const struct name_watch *watch);
/* Its first notices, after its id was told. */
void name_watches_begin(struct name_watch *watch);
void name_watches_drop(struct name_watches *watches, struct name_watch *watch);
VIA_MUST_USE enum via_status name_watches_remove(struct name_watches *watches,
                                                 struct session *session, uint32_t id);

void name_watches_notice(struct name_watches *watches, enum directory_notice notice,
                         const struct directory_entry *entry);
void name_watches_session_drained(struct name_watches *watches, struct session *session);
void name_watches_session_ended(struct name_watches *watches, struct session *session);
/* It may have been a sink. */
void name_watches_object_died(struct name_watches *watches, const struct gateway_object *object);
