/*
 * Names of Items, nodes and events.
 */
#pragma once

#include <stdbool.h>

/* 1 to PORTFOLIO_NAME_MAX octets (codecs/portfolio_name.h), none of which is a control character.
 */
bool name_is_legal(const char *name);
/* Whatever the case of its letters, which are those of ASCII. */
bool name_is_same(const char *name, const char *other);
/* For members that are not const in that system, but which nobody writes through. */
char *name_for_reading(const char *name);
