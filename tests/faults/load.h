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
    LOAD_PIPE,       /* u32 n, descriptor: writes load_octet() n times, closes it, then answers n */
    LOAD_VIOLATIONS, /* u32: what it has seen that may not be */
    LOAD_TICKET      /* u64: one more than the one before */
};

#define LOAD_EVENT 1u /* u64: its own running number; one for each ten calls counted */
#define LOAD_EACH 10u

static inline uint8_t load_octet(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 8));
}

/* Publishes core:@name, serves until standard input ends; an exit status. */
int load_serve(struct via_node *node, const char *name);
