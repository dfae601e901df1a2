/*
 * Options that a program passes: a struct whose first member is its size as the program knows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Copies @from, which may be NULL, to @to, a struct of @size octets of the same kind, all zero. One
 * that is smaller, but has the @least octets of the first version, comes from an older program:
 * what it does not know stays 0. A larger one asks for what we do not know: false.
 */
bool options_take(void *to, size_t size, size_t least, const void *from);
