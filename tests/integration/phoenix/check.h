/*
 * What each of these programs has: a check that ends it, and the wait for a server's name.
 */
#pragma once

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/threads.h>

#define RETRY_MS 10

/* Ends the program, from whatever thread. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            _Exit(EXIT_FAILURE);                                                                   \
        }                                                                                          \
    } while (0)

/* Likewise, of two numbers. */
#define CHECK_INT(value, expected)                                                                 \
    do {                                                                                           \
        long long value_ = (value), expected_ = (expected);                                        \
        if (value_ != expected_) {                                                                 \
            (void)fprintf(stderr, "%s:%d: %s: %lld, not %lld\n", __FILE__, __LINE__, #value,       \
                          value_, expected_);                                                      \
            _Exit(EXIT_FAILURE);                                                                   \
        }                                                                                          \
    } while (0)

static inline void wait_for(const char *name, oid_t *dev)
{
    while (lookup(name, NULL, dev) < 0)
        (void)poll(NULL, 0, RETRY_MS);
}

static inline void say(const char *text)
{
    (void)printf("%s\n", text);
    (void)fflush(stdout);
}

static inline unsigned number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    CHECK(end != text && *end == '\0' && value <= UINT16_MAX);
    return (unsigned)value;
}

/* xorshift: the same at each run. */
static inline uint32_t draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
