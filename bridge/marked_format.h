/*
 * HiLog's formats: printf's, with {public} or {private} after the per cent sign.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#define MARKED_MESSAGE_MAX 4095u

/*
 * Formats into @message, MARKED_MESSAGE_MAX + 1 octets, cut to fit and NUL-terminated. With
 * @privacy each argument that is not marked public becomes <private>. Returns the size without the
 * NUL. What is no conversion of printf's, and all behind it, stands as it is: its argument cannot
 * be known.
 */
size_t marked_format(char *message, bool privacy, const char *format, va_list arguments);
