/*
 * References: what programs hold in the place of pointers to sessions, services and handlers, so
 * that one that is gone is found out instead of followed. They are odd, as no pointer is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A reference to @object, which is never used again once it is dropped; fatal without memory. @kind:
 * an address that tells apart what references are given to. */
uintptr_t reference_give(const void *kind, void *object);
/* The object, after @hold has run on it, with the table's lock held; NULL: there is none of that
 * kind, or no more. */
void *reference_find(const void *kind, uintptr_t reference, void (*hold)(void *object));
void reference_drop(uintptr_t reference);

static inline bool reference_is_one(const void *pointer)
{
    return ((uintptr_t)pointer & 1) != 0;
}
