/* base64 as RFC 4648 section 4 has it: the standard alphabet, padded, and only the one canonical
 * text of any octets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that @size octets take; @size is at most SIZE_MAX / 2. */
static inline size_t base64_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

/* Writes base64_size(@size) characters to @out. */
void base64_encode(const uint8_t *octets, size_t size, uint8_t *out);

/* Decodes @size characters to at most @size / 4 * 3 octets at @out, which may be @text itself.
 * false where it is not base64. */
bool base64_decode(const char *text, size_t size, uint8_t *out, size_t *sizep);
