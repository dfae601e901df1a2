/*
 * META: the tagged fields that travel with a call beside its payload: who calls, the chain it
 * belongs to, the trace context. What is not known here is kept as octets and passed on.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

#define META_IDENTITY_MAX 255u
#define META_PROCESS_NONE 0x40000000u /* numbers above it are no process's here */
#define META_CHAIN_DEPTH_MAX 64u
#define META_SIZE_MAX 4096u
#define META_UNKNOWN_MAX 2048u /* so that a hop's own fields always find room beside them */

/* Who a caller is, as the gateway introduces it to a callee. */
struct meta_introduction {
    uint32_t number; /* the caller's handle: the sender's own, one count */
    int32_t pid;     /* over META_PROCESS_NONE: its session's number, for it has none here */
    uint32_t uid;    /* 0xffffffff when it is on another host: nobody, never 0 */
    uint32_t gid;
    uint64_t token; /* 0 when it is on another host */
    bool remote;
    const char *identity; /* borrowed, not NUL-terminated */
    size_t identity_size;
};

struct meta {
    bool has_caller, has_first, has_chain, has_trace;
    uint8_t n_introductions; /* 0 to 2: of the caller, of the chain's first caller */
    uint32_t caller;         /* the sender's own handle */
    uint32_t first;          /* from a gateway: its own handle; to a gateway: the gateway's */
    uint64_t chain;
    uint32_t depth;    /* calls deep, 1 at the first */
    uint8_t trace[25]; /* W3C trace context: 16 trace id, 8 parent id, 1 flags */
    struct meta_introduction introductions[2];
    const uint8_t *unknown; /* whole fields of unknown tags, back to back; borrowed */
    size_t unknown_size;
};

/* VIA_BAD_META for anything that does not parse: a size past the end, a field of the wrong size, a
 * field twice or out of order, an introduction of a number that is neither caller nor first. */
VIA_MUST_USE enum via_status meta_decode(const uint8_t *octets, size_t size, struct meta *metap);
size_t meta_size(const struct meta *meta);
/* Writes meta_size() octets. */
void meta_encode(const struct meta *meta, uint8_t *out);
