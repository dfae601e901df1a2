/*
 * A service that notices when a call ran twice, out of order, or not at all, and the load of a
 * client that notices wrong answers: for tests that break what is between the two.
 */
#pragma once

#include <viaduct/viaduct.h>

/* What the service answers to. */
enum load_code {
    LOAD_BEGIN = 1,  /* u64: a new count, at zero, for whoever asks */
    LOAD_COUNT,      /* u64, u32 n: counts the n-th call, which must come after the one before; n */
    LOAD_NOTE,       /* oneway, as LOAD_COUNT without an answer */
    LOAD_NOTED,      /* u64: how many have been counted */
    LOAD_ECHO,       /* octets: the same */
    LOAD_GIVE,       /* a new object, which answers LOAD_ECHO, and withdraws itself at LOAD_BEGIN */
    LOAD_PIPE,       /* u32 load_pipe, u32 n, u32 salt, descriptor; u32, u64: how many octets it has
                      * read, and their checksum, after all of it */
    LOAD_VIOLATIONS, /* u32: what it has seen that may not be */
    LOAD_TICKET      /* u64: one more than the one before */
};

/* What the service does with a descriptor. It tells load_octet(salt), load_octet(salt + 1), ... */
enum load_pipe {
    LOAD_PIPE_TELL,      /* tells n octets */
    LOAD_PIPE_HEAR,      /* reads to the end */
    LOAD_PIPE_ECHO,      /* the same, and back with it; then, after the end, tells the rest */
    LOAD_PIPE_TELL_FIRST /* tells n octets, ends that direction, then reads to the end */
};
#define LOAD_PIPE_REST 16u

#define LOAD_EVENT 1u /* u64: its own running number; one for each ten calls counted */
#define LOAD_EACH 10u

static inline uint8_t load_octet(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8));
}

/* LOAD_PIPE, at the service: the answer. The request's descriptor may block. */
enum via_status load_pipe_answer(struct via_parcel *request, struct via_parcel **replyp);

/* What may not be: NULL, or in words, with what should have been and what was. */
struct load_pipe_finding {
    const char *what;
    uint64_t wanted, got;
    bool is_short; /* nothing worse than that the end came too soon */
};

/* A client's descriptor, in the manner and of the size that @turn gives. A status that the loss of
 * a session explains may end it; also then nothing is found that may not be. */
enum via_status load_pipe(struct via_proxy *proxy, unsigned turn,
                          struct load_pipe_finding *finding);

/* Publishes core:@name, serves until standard input ends; an exit status. */
int load_serve(struct via_node *node, const char *name);
