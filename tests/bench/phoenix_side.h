/*
 * What is measured of Phoenix's messages, beside the core doing the same: a service that echoes,
 * takes or gives octets, through either side's own functions, and its clients.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define PHOENIX_SIDE_MOST 65536u /* octets of one message, each way */

enum phoenix_side_shape {
    PHOENIX_SIDE_ECHO = 0x6001, /* the octets that came */
    PHOENIX_SIDE_TAKE,          /* none: they are written */
    PHOENIX_SIDE_GIVE           /* as many as are asked for: they are read */
};

/* Functions of either side. 0 on success. */
struct phoenix_side {
    const char *name;
    /* Answers under @name, with so many threads, from now on. */
    int (*serve)(const char *name, unsigned n_threads);
    /* Finds what is served under @name, once for the process. */
    int (*open)(const char *name);
    /* One message of @size octets, which it waits for. */
    int (*ask)(enum phoenix_side_shape shape, size_t size);
    /* One of @size octets that has no answer. */
    int (*send)(size_t size);
};

extern const struct phoenix_side phoenix_side_core, phoenix_side_phoenix;
