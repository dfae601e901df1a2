/*
 * The numbers of Phoenix messages by the names that programs write for them, both ways.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct phoenix_names; /* one set of names */

extern const struct phoenix_names phoenix_attributes; /* at*: kinds of attributes */
extern const struct phoenix_names phoenix_objects;    /* ot*: kinds of objects */
extern const struct phoenix_names phoenix_entries;    /* DT_*: kinds of directory entries */
extern const struct phoenix_names phoenix_open_flags; /* O_*: bits */
extern const struct phoenix_names phoenix_errors;     /* errno, Linux's numbers */

/* Whether several of @names may stand together in one number. */
bool phoenix_names_are_bits(const struct phoenix_names *names);

/* NULL: @number has no name of its own. */
const char *phoenix_name_of(const struct phoenix_names *names, uint32_t number);

/* The @index-th, in the order in which they are told; NULL behind the last. */
const char *phoenix_name_at(const struct phoenix_names *names, size_t index, uint32_t *numberp);

bool phoenix_number_of(const struct phoenix_names *names, const char *text, size_t size,
                       uint32_t *numberp);
