/*
 * The query of a URL: NAME=VALUE&..., percent-encoded.
 */
#pragma once

#include <stdbool.h>

#define QUERY_VALUE_MAX 511u

/* The first @name's value, decoded and NUL-terminated. false: none, or longer than the room, or
 * badly encoded, or with a NUL in it. */
bool query_get(const char *query, const char *name, char value[QUERY_VALUE_MAX + 1]);
