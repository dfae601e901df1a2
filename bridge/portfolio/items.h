/*
 * The Items of this process: by their numbers, by their names, and by their owners.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>

#include "bridge/portfolio/tags.h"
#include "include/portfolio/item.h"
#include "include/portfolio/nodes.h"

struct task;
struct item;

/* What Items of one type do. Slots are called with the lock held where they do not say otherwise.
 */
struct item_kind {
    uint8 type;
    bool is_created;     /* by CreateItem() */
    bool has_names;      /* it is found by them */
    size_t private_size; /* of what begins with a struct item */
    size_t public_size;  /* of what programs see */
    /* One of its own arguments: 0, or BADTAG and the like. No lock held. */
    Err (*take_tag)(struct item *item, const TagArg *argument);
    /* Its arguments are complete: it may ask others, and have a number by them. No lock held; NULL:
     * it has nothing to ask. */
    Err (*prepare)(struct item *item, struct task *owner);
    /* Its arguments are complete, and it is not in the table yet. 0: ended() is called some time;
     * or an error. */
    Err (*begun)(struct item *item, struct task *owner);
    /* It is in the table, and in nobody else's hands. Negative: it is to leave that again. No lock
     * held; NULL: that is all. */
    Err (*entered)(struct item *item);
    /* It has left the table. False: it is not to be released now. NULL: it is. */
    bool (*ended)(struct item *item);
    /* Nobody knows it any more; its memory goes next. No lock held; NULL: it has nothing. */
    void (*released)(struct item *item);
    /* 0: it may be given to another task. NULL: never. */
    Err (*may_be_given)(const struct item *item);
    /* Programs are about to read its structure. NULL: that is always up to date. */
    void (*shown)(struct item *item);
    /* It is not found any more, and has not left the table yet. NULL: never. */
    bool (*is_over)(const struct item *item);
    /* One of another process that has a name: its number, or why there is none. It may wait, no
     * lock held. NULL: there are none. */
    Item (*find_elsewhere)(const char *name);
};

struct item {
    const struct item_kind *kind;
    ItemNode *node;           /* what programs see, in the same block */
    char *name;               /* owned: a copy of its name; NULL: there is none */
    struct task *owner;       /* borrowed: it ends its Items before itself; NULL: none */
    struct item *next, *prev; /* of its kind; higher priorities come first */
    struct item *next_owned, **owned_link;
    struct item *next_gone; /* of those that are to be released */
    struct item *next_wide; /* of those with such numbers: wide.c's */
};

/* ---- the lock of all that is said here ---- */

void items_lock(void);
void items_unlock(void);
/* Lets it go meanwhile. */
void items_wait(pthread_cond_t *condition);

/* ---- one Item ---- */

/* Zero but for its kind and its node's. NULL: there is no memory. */
struct item *item_create(const struct item_kind *kind, size_t public_size);
/* Gives it a name of its own. NOMEM. */
Err item_set_name(struct item *item, const char *name);
/* One that is not in the table. No lock held. */
void item_destroy(struct item *item);

/* ---- the table; the lock held ---- */

/* It gets a number, unless it has one, and @owner, which may be NULL. ER_Kr_UniqueItemExists,
 * NOMEM. */
Err items_enter(struct item *item, struct task *owner);
/* It is not found any more; its kind is told, and it is for items_release(), unless that says no.
 */
void items_leave(struct item *item, struct item **gonep);
/* NULL: there is none of that number. */
struct item *items_find(Item number);
struct item *items_find_kind(Item number, const struct item_kind *kind);
struct item *items_find_named(const struct item_kind *kind, const char *name);
/* The first of its kind, of all that have a list: which have names. */
struct item *items_first(const struct item_kind *kind);
void items_give(struct item *item, struct task *owner);
void items_set_priority(struct item *item, uint8 priority);

/* ---- */

/* Those that left, and those that others let go; no lock held. */
void items_release(struct item *gone);
/* It leaves the table; the next items_release() is for it, too. The lock held. */
void items_let_go(struct item *item);
/* In the child of a fork: there are none, and the lock is free. */
void items_forget(void);
