/*
 * The names that a watch has been told of and that are still there.
 */
#pragma once

#include <viaduct/node.h>

struct known_name {
    struct known_name *next;
    char *family, *name; /* owned */
};

struct known_names {
    struct known_name *first; /* owned */
};

/* One that cannot be remembered for want of memory is told as gone by the gateway alone. */
void known_names_learn(struct known_names *names, const struct via_entry *entry);
void known_names_forget(struct known_names *names, const struct via_entry *entry);
/* Takes one out, the caller's to free; NULL when there is none left. */
struct known_name *known_names_take(struct known_names *names);
void known_names_clear(struct known_names *names);
/* NULL is allowed; returns NULL. */
struct known_name *known_name_free(struct known_name *known);
