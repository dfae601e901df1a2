/*
 * Strings of UTF-8 as the family's programs handle them: what is copied ends between characters. An
 * octet that begins no character is taken as one of its own, so that nothing is read behind a NUL.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "include/legato/le_utf8.h"

size_t le_utf8_NumBytesInChar(char firstByte)
{
    unsigned char octet = (unsigned char)firstByte;
    if (octet < 0x80)
        return 1;
    if (octet < 0xc0)
        return 0;
    if (octet < 0xe0)
        return 2;
    if (octet < 0xf0)
        return 3;
    return octet < 0xf8 ? 4 : 0;
}

/* Octets of the character at @text, or 0 when it is none, cut short for one. */
static size_t character_size(const char *text)
{
    size_t size = le_utf8_NumBytesInChar(*text);
    for (size_t i = 1; i < size; i++)
        if (!le_utf8_IsContinuationByte(text[i]))
            return 0;
    return size;
}

ssize_t le_utf8_NumChars(const char *string)
{
    ssize_t count = 0;
    while (*string != '\0') {
        size_t size = character_size(string);
        if (size == 0)
            return LE_FORMAT_ERROR;
        string += size;
        count++;
    }
    return count;
}

bool le_utf8_IsFormatCorrect(const char *string)
{
    return le_utf8_NumChars(string) >= 0;
}

/* @size octets of @source, or the whole characters of them that fit. */
static le_result_t copy(char *target, const char *source, size_t size, size_t target_size,
                        size_t *copiedp)
{
    if (target_size == 0) {
        if (copiedp != NULL)
            *copiedp = 0;
        return LE_OVERFLOW;
    }
    size_t done = 0;
    while (done < size) {
        size_t next = character_size(source + done);
        if (next == 0)
            next = 1;
        if (next > target_size - 1 - done)
            break;
        done += next;
    }
    memcpy(target, source, done);
    target[done] = '\0';
    if (copiedp != NULL)
        *copiedp = done;
    return done == size ? LE_OK : LE_OVERFLOW;
}

le_result_t le_utf8_Copy(char *destStr, const char *srcStr, const size_t destSize,
                         size_t *numBytesPtr)
{
    return copy(destStr, srcStr, strlen(srcStr), destSize, numBytesPtr);
}

le_result_t le_utf8_Append(char *destStr, const char *srcStr, const size_t destSize,
                           size_t *destStrLenPtr)
{
    size_t used = strnlen(destStr, destSize);
    size_t copied = 0;
    le_result_t result = copy(destStr + used, srcStr, strlen(srcStr), destSize - used, &copied);
    if (destStrLenPtr != NULL)
        *destStrLenPtr = used + copied;
    return result;
}

le_result_t le_utf8_CopyUpToSubStr(char *destStr, const char *srcStr, const char *subStr,
                                   const size_t destSize, size_t *numBytesPtr)
{
    const char *end = strstr(srcStr, subStr);
    size_t size = end == NULL ? strlen(srcStr) : (size_t)(end - srcStr);
    return copy(destStr, srcStr, size, destSize, numBytesPtr);
}

le_result_t le_utf8_ParseInt(int *valuePtr, const char *arg)
{
    char *end = NULL;
    const char *digits = arg + (*arg == '-' || *arg == '+' ? 1 : 0);
    int base = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') ? 16 : 10;
    errno = 0;
    long value = strtol(arg, &end, base);
    if (end == arg || *end != '\0')
        return LE_FORMAT_ERROR;
    if (errno == ERANGE || value > INT_MAX || value < INT_MIN)
        return LE_OUT_OF_RANGE;
    *valuePtr = (int)value;
    return LE_OK;
}
