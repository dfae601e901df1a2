/*
 * In the place of the framework's le_pack.h, which comes with generated code: parameters into a
 * message's octets, and out of them. As there, a reference has 32 bits and is odd.
 */
#pragma once

#include "legato.h"

static inline bool le_pack_PackUint32(uint8_t **bufferPtr, uint32_t value)
{
    memcpy(*bufferPtr, &value, sizeof value);
    *bufferPtr += sizeof value;
    return true;
}

static inline bool le_pack_UnpackUint32(uint8_t **bufferPtr, uint32_t *valuePtr)
{
    memcpy(valuePtr, *bufferPtr, sizeof *valuePtr);
    *bufferPtr += sizeof *valuePtr;
    return true;
}

static inline bool le_pack_PackResult(uint8_t **bufferPtr, le_result_t value)
{
    return le_pack_PackUint32(bufferPtr, (uint32_t)value);
}

static inline bool le_pack_UnpackResult(uint8_t **bufferPtr, le_result_t *valuePtr)
{
    uint32_t value = 0;
    (void)le_pack_UnpackUint32(bufferPtr, &value);
    *valuePtr = (le_result_t)(int32_t)value;
    return true;
}

static inline bool le_pack_PackReference(uint8_t **bufferPtr, const void *ref)
{
    size_t number = (size_t)ref;
    if (number > UINT32_MAX || (number != 0 && number % 2 == 0))
        return false;
    return le_pack_PackUint32(bufferPtr, (uint32_t)number);
}

static inline bool le_pack_UnpackReference(uint8_t **bufferPtr, void *refPtr)
{
    uint32_t number = 0;
    (void)le_pack_UnpackUint32(bufferPtr, &number);
    *(void **)refPtr = (void *)(size_t)number;
    return number == 0 || number % 2 == 1;
}

static inline bool le_pack_PackString(uint8_t **bufferPtr, const char *stringPtr, uint32_t maxCount)
{
    size_t size = strnlen(stringPtr, maxCount);
    if (stringPtr[size] != '\0')
        return false;
    (void)le_pack_PackUint32(bufferPtr, (uint32_t)size);
    memcpy(*bufferPtr, stringPtr, size);
    *bufferPtr += size;
    return true;
}

static inline bool le_pack_UnpackString(uint8_t **bufferPtr, char *stringPtr, size_t bufferSize,
                                        uint32_t maxCount)
{
    uint32_t size = 0;
    (void)le_pack_UnpackUint32(bufferPtr, &size);
    if (size > maxCount || size >= bufferSize)
        return false;
    memcpy(stringPtr, *bufferPtr, size);
    stringPtr[size] = '\0';
    *bufferPtr += size;
    return true;
}
