/*
 * Errors of Portfolio in words, for programs (GetSysErr) and for JSON.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PORTFOLIO_ERROR_ROOM 128u /* for the longest, with its NUL */

/* "TEB-Severe-System-Standard-no such Item, or of another kind" and the like, cut to @size octets
 * with its NUL. Returns its length. */
size_t portfolio_error_text(char *text, size_t size, int32_t err);
