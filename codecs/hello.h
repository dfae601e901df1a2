/*
 * HELLO and WELCOME: how two nodes introduce themselves. The frame's code is the protocol version;
 * its payload holds tagged fields, u16 tag, u16 size, octets, padded to 4; unknown tags are passed
 * over.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define HELLO_VERSION 1u
#define HELLO_NAME_MAX 255u
#define HELLO_SIZE_MAX 4096u
#define HELLO_SECRET_SIZE 16u

struct hello {
    uint32_t version;
    uint64_t features;             /* bits, none assigned in version 1 */
    uint32_t frame_max;            /* largest frame its sender takes, octets */
    uint32_t calls_max;            /* two-way calls in flight it takes */
    uint32_t handles_max;          /* references it takes */
    uint64_t epoch;                /* WELCOME: random, new at each start of the gateway */
    char name[HELLO_NAME_MAX + 1]; /* node name */
    /* WELCOME: how the gateway sees the other end */
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
    uint64_t token;
    char identity[256];
    /* Resuming, where the link's kind can. WELCOME: the session's number and what proves that it is
     * one's own; HELLO: of the session to go on with. 0: none; then the next four say nothing. */
    uint64_t session;
    uint8_t secret[HELLO_SECRET_SIZE];
    uint64_t received;      /* going on: frames its sender has received so far */
    uint32_t resumed;       /* WELCOME: 1 when the session goes on */
    uint32_t grace_ms;      /* WELCOME: how long a session without a link is kept */
    uint32_t credit;        /* first credit of each transfer and stream towards its sender */
    uint32_t transfers_max; /* incoming at once it takes */
    uint32_t streams_max;
};

/* The payload of a HELLO or WELCOME; @version comes from the frame's code. */
VIA_MUST_USE enum via_status hello_decode(const uint8_t *octets, size_t size, struct hello *hellop);
/* Writes at most HELLO_SIZE_MAX octets to @out and returns how many. */
size_t hello_encode(const struct hello *hello, uint8_t *out);
