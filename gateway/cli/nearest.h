/*
 * The nearest name to a misspelt one.
 */
#pragma once

#include <stddef.h>

/* Changes (letters put in, left out, changed, or two swapped) that lead from @left to @right; @most
 * + 1 when more than @most. */
size_t nearest_distance(const char *left, const char *right, size_t most);
