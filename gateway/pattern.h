/*
 * Patterns of names: * stands for any run of octets, ? for any one character of UTF-8.
 */
#pragma once

#include <stdbool.h>

/* An empty pattern matches everything. */
bool pattern_matches(const char *pattern, const char *name);
