/* UTF-16, little-endian: units are pairs of octets at any address. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the code point at @units, of which there is at least one. Returns its units, or 0 for a
 * surrogate without its other half. */
size_t utf16_decode(const uint8_t *units, size_t n_units, uint32_t *pointp);

/* Whether every surrogate has its other half. */
bool utf16_check(const uint8_t *units, size_t n_units);

/* Writes @text, which is UTF-8, as UTF-16. Returns its octets, at most twice @size. */
size_t utf16_from_utf8(const char *text, size_t size, uint8_t *out);
