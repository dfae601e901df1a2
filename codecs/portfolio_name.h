/*
 * Names of Portfolio: of Items, messages and events.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PORTFOLIO_NAME_MAX 255u /* octets, without the NUL */

/* 1 to PORTFOLIO_NAME_MAX octets, none of which is a control character, and a NUL within @room
 * octets. */
bool portfolio_name_is_legal(const char *name, size_t room);
/* Whatever the case of its letters, which are those of ASCII. */
bool portfolio_name_is_same(const char *name, const char *other);
/* Likewise with a text that has no NUL at its end. */
bool portfolio_name_is_text(const char *name, const char *text, size_t size);
