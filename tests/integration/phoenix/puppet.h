/*
 * Both halves of the program `puppet`: what is done to ports of its own, and to those of others.
 */
#pragma once

#include <pthread.h>

#include "check.h"

/* Types of messages that a puppet knows beside mtOpen and mtClose. */
enum {
    ECHO = 0x7200, /* o.data are i.data, each octet changed */
    HOLD,          /* is kept until it is told to answer; i.raw: unsigned, which it is */
    NUMBERED,      /* is counted; i.raw: numbered_t */
    FLUSH,         /* answers the NUMBERED that is late */
    WHO,           /* o.raw: pid and priority, as the message has them */
    SEEN           /* o.data: counts of NUMBERED, of each sender in turn; o.err: those disordered */
};

#define ECHO_KEY 0xa5u
#define STACK_SIZE ((size_t)256 << 10)
#define SENDERS_MAX 64u
#define NUMBERED_MAX 4096u /* of each sender */

typedef struct {
    unsigned sender, n;
    unsigned isLate; /* it is answered when the next one comes */
} numbered_t;

/* What the answer to the HOLD number @id has at @at of o.data. */
static inline unsigned char pattern(unsigned id, size_t at)
{
    return (unsigned char)((size_t)id * 31u + at * 7u + 1u);
}

/* Does what @words say, and says what came of it; 0: it is not one of these. */
int served(int argc, char *argv[]);
int asked(int argc, char *argv[]);

static inline pthread_t beginAThread(void *(*run)(void *), void *arg)
{
    pthread_t thread;
    pthread_attr_t attr;
    CHECK_INT(pthread_attr_init(&attr), 0);
    CHECK_INT(pthread_attr_setstacksize(&attr, STACK_SIZE), 0);
    CHECK_INT(pthread_create(&thread, &attr, run, arg), 0);
    (void)pthread_attr_destroy(&attr);
    return thread;
}
