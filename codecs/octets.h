/*
 * Little-endian numbers in octets at any address. Written so that the compiler makes one load or
 * store of each on a little-endian machine.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t octets_get_u16(const uint8_t *octets)
{
    return (uint16_t)(octets[0] | octets[1] << 8);
}

static inline uint32_t octets_get_u32(const uint8_t *octets)
{
    return (uint32_t)octets[0] | (uint32_t)octets[1] << 8 | (uint32_t)octets[2] << 16 |
           (uint32_t)octets[3] << 24;
}

static inline uint64_t octets_get_u64(const uint8_t *octets)
{
    return (uint64_t)octets_get_u32(octets) | (uint64_t)octets_get_u32(octets + 4) << 32;
}

static inline void octets_put_u16(uint8_t *octets, uint16_t number)
{
    octets[0] = (uint8_t)number;
    octets[1] = (uint8_t)(number >> 8);
}

static inline void octets_put_u32(uint8_t *octets, uint32_t number)
{
    octets[0] = (uint8_t)number;
    octets[1] = (uint8_t)(number >> 8);
    octets[2] = (uint8_t)(number >> 16);
    octets[3] = (uint8_t)(number >> 24);
}

static inline void octets_put_u64(uint8_t *octets, uint64_t number)
{
    octets_put_u32(octets, (uint32_t)number);
    octets_put_u32(octets + 4, (uint32_t)(number >> 32));
}

/* Numbers of @size octets, 1 to 8. */
static inline uint64_t octets_get(const uint8_t *octets, size_t size)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++)
        number |= (uint64_t)octets[i] << (8 * i);
    return number;
}

static inline void octets_put(uint8_t *octets, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        octets[i] = (uint8_t)(number >> (8 * i));
}

/* Copies and returns the place behind the copy; both may be NULL when @size is 0. */
static inline uint8_t *octets_append(uint8_t *out, const void *from, size_t size)
{
    if (size == 0)
        return out;
    memcpy(out, from, size);
    return out + size;
}

/* Writes @n zeros and returns the place behind them. */
static inline uint8_t *octets_append_zeros(uint8_t *out, size_t n)
{
    memset(out, 0, n);
    return out + n;
}

/* 0 unless one of @n octets, a handful, is set. */
static inline uint8_t octets_any(const uint8_t *octets, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= octets[i];
    return any;
}

/* Octets that are missing to the next multiple of @unit, a power of two. */
static inline size_t octets_padding(size_t size, size_t unit)
{
    return (0 - size) & (unit - 1);
}
