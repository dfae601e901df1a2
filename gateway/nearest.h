/*
 * How unlike two names are, for messages that say which one may have been meant.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NEAREST_SIZE_MAX 64u /* longer names are compared by their front */

/* Letters to insert, drop, change or swap to make one from the other, ASCII case aside. */
unsigned nearest_distance(const char *a, const char *b);
/* Whether @distance is near enough for @name to be taken for a slip. */
bool nearest_is_near(const char *name, unsigned distance);
