/*
 * The names that a watch has been told of and that are still there.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <viaduct/node.h>

struct known_name {
    struct known_name *next;
    char *family, *name; /* owned */
    uint64_t facts;      /* a digest of what else its entry says */
    bool doubted;        /* whether it is still there is not known */
};

struct known_names {
    struct known_name *first; /* owned */
};

/* One that cannot be remembered for want of memory is told as gone by the gateway alone. */
void known_names_learn(struct known_names *names, const struct via_entry *entry);
void known_names_forget(struct known_names *names, const struct via_entry *entry);
/* The entry of a name that is known has changed. */
void known_names_change(struct known_names *names, const struct via_entry *entry);

/* From now on all are in doubt. */
void known_names_doubt(struct known_names *names);
enum known_name_outcome { KNOWN_NAME_NEW, KNOWN_NAME_CHANGED, KNOWN_NAME_SAME };
/* Clears the doubt about one that is there; KNOWN_NAME_NEW if there is none about it. */
enum known_name_outcome known_names_confirm(struct known_names *names,
                                            const struct via_entry *entry);
/* Takes one out that is in doubt, the caller's to free; NULL when there is none left. */
struct known_name *known_names_take_doubted(struct known_names *names);
void known_names_clear(struct known_names *names);
/* NULL is allowed; returns NULL. */
struct known_name *known_name_free(struct known_name *known);
