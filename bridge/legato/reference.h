/*
 * References for programs: odd numbers that stand for objects, so that what is stale or was never
 * one is found out. A table is not for several threads at once; `references` below guards itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pointers are even. */
static inline bool reference_is_one(const void *pointer)
{
    return ((uintptr_t)pointer & 1) != 0;
}

struct reference_table {
    struct reference_slot *slots; /* owned */
    size_t n_slots;
    size_t n_made;    /* slots that were ever used: the first of them */
    size_t free_slot; /* 1 + the first of those that are free, or 0: the longest free */
    size_t last_free; /* 1 + the last of them */
    size_t n_free;
    uint32_t seed;  /* the first generation of its references */
    bool is_narrow; /* references have 32 bits */
};

/* Fatal where there is no memory. */
void *reference_table_add(struct reference_table *table, void *object);
bool reference_table_has(const struct reference_table *table, const void *reference);
void *reference_table_find(const struct reference_table *table, const void *reference);
/* What it stood for; NULL when it was stale. */
void *reference_table_remove(struct reference_table *table, const void *reference);
/* The object in use at @index or behind it, with its reference, and @index moved on; NULL: none. */
void *reference_table_next(const struct reference_table *table, size_t *index, void **referencep);
/* Seeds differ, so that one table's reference is none of another's. */
uint32_t reference_seed(void);

/* What the library itself gives out; each find says what it expects. Any thread. */
enum reference_kind {
    REFERENCE_THREAD,
    REFERENCE_DESTRUCTOR,
    REFERENCE_FD_MONITOR,
    REFERENCE_TIMER,
    REFERENCE_EVENT,
    REFERENCE_EVENT_HANDLER,
    REFERENCE_SESSION,
    REFERENCE_SERVICE,
    REFERENCE_SERVICE_HANDLER,
    REFERENCE_KINDS
};
void *reference_create(enum reference_kind kind, void *object);
/* NULL for what is no such reference. */
void *reference_find(enum reference_kind kind, const void *reference);
void *reference_delete(enum reference_kind kind, const void *reference);
/* Finds it and calls @hold with it, before anyone can delete the reference. */
void *reference_hold(enum reference_kind kind, const void *reference, void (*hold)(void *object));
