/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTF8_MAX 4u                  /* octets that one code point takes */
#define UTF8_REPLACEMENT 0x0000fffdu /* stands for what is not UTF-8 */

/* Decodes the code point at @text. Returns its octets, or 0 where there is no UTF-8. @size is at
 * least 1. */
size_t utf8_decode(const uint8_t *text, size_t size, uint32_t *pointp);

/* Writes @point, which is no surrogate and at most U+10FFFF. Returns its octets. */
size_t utf8_encode(uint32_t point, uint8_t *out);

/* How many of the first octets of @text are UTF-8: @size when all are. */
size_t utf8_span(const uint8_t *text, size_t size);

static inline bool utf8_check(const void *text, size_t size)
{
    return utf8_span(text, size) == size;
}
