/*
 * Legato: strings of UTF-8 in buffers of a size. A character is never cut, and what is written ends
 * with a NUL unless its buffer has no octet. Any pthread.
 *
 * Source: docs/legato.md, "Headers"; the framework's le_utf8.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "le_basics.h"

#ifdef __cplusplus
extern "C" {
#endif

/** le_utf8_NumChars() - or LE_FORMAT_ERROR */
LE_SHARED ssize_t le_utf8_NumChars(const char *string);
/** le_utf8_NumBytesInChar() - of a character by its first octet; 0: none begins with it */
LE_SHARED size_t le_utf8_NumBytesInChar(char firstByte);
static inline bool le_utf8_IsContinuationByte(char byte)
{
    return (byte & 0xC0) == 0x80;
}
/**
 * le_utf8_Copy() - @srcStr into @destStr, which has @destSize octets
 * @numBytesPtr: octets copied, without the NUL; may be NULL
 * Return: LE_OK; LE_OVERFLOW: what fits is there.
 */
LE_SHARED le_result_t le_utf8_Copy(char *destStr, const char *srcStr, const size_t destSize,
                                   size_t *numBytesPtr);
/** le_utf8_Append() - behind what @destStr has; @destStrLenPtr: its length then, may be NULL */
LE_SHARED le_result_t le_utf8_Append(char *destStr, const char *srcStr, const size_t destSize,
                                     size_t *destStrLenPtr);
/** le_utf8_CopyUpToSubStr() - what stands before the first @subStr; all of it without one */
LE_SHARED le_result_t le_utf8_CopyUpToSubStr(char *destStr, const char *srcStr, const char *subStr,
                                             const size_t destSize, size_t *numBytesPtr);
LE_SHARED bool le_utf8_IsFormatCorrect(const char *string);
/** le_utf8_ParseInt() - decimal, or hexadecimal after 0x. LE_OK; LE_FORMAT_ERROR: it is no number;
 * LE_OUT_OF_RANGE: no int's */
LE_SHARED le_result_t le_utf8_ParseInt(int *valuePtr, const char *arg);

#ifdef __cplusplus
}
#endif
