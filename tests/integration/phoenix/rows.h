/*
 * Both halves of the program `rows`: what its server does when it is told, and what its clients
 * tell it.
 */
#pragma once

#include "check.h"

#define NAME "/srv/rows"
#define NOBODYS 5 /* a number that no port has */
#define OTHER_NAME "/srv/other"
#define OBJECT 0x123456789abcdefull
#define FAR_PID 0x40000000u
#define HELD_MAX 4096u
#define MEGABYTE ((size_t)1 << 20)
#define LIMIT (16 * MEGABYTE)

enum {
    SEE = 0x7100, /* tells in o.data what it saw of the message */
    LEAVE,        /* answers without touching anything */
    HOLD,         /* keeps it */
    RELEASE,      /* answers those that are kept, the last first, from another thread */
    COUNT,        /* how many are kept, COUNTED came, and were closed, in o.raw */
    COUNTED,
    OPEN_OTHER,    /* another port; i.raw[0] threads receive from it and keep it all */
    DESTROY_OTHER, /* when as many messages are kept of it as i.raw says */
    CLOSED,        /* o.data: struct closed of the last ones that were closed */
    ORDER,         /* a pulse with a number in i.raw */
    MIRROR,        /* i.data in o.data, as much as there is room for */
    ORDERED,       /* o.err: how many of these came, -1 if not in order */
    NUMBER         /* that of the port without a name, in o.raw, where no type has ports */
};

typedef struct {
    uint32_t type, pid, priority;
    oid_t oid;
    unsigned char iraw[64], oraw[64];
    size_t isize, osize;
    int err, hasIn, hasOut, hasNul, isZero;
} seen_t;

typedef struct {
    uint32_t pid;
    int flags;
    oid_t oid;
} closed_t;

#define CLOSED_MAX 64u

/* The server; it does not return. */
void runServer(void);
