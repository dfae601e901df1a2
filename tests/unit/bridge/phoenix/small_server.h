/*
 * A small filesystem in memory that answers messages as servers of that system do, and stops where
 * they stop: at what is another server's, and at symbolic links. Not for more than one thread.
 */
#pragma once

#include <sys/msg.h>

#define SMALL_TYPES 16

struct small_counts {
    unsigned int of[SMALL_TYPES]; /* mtOpen to mtReaddir; the last: all others */
    unsigned int all;
};

/* Empty but for its root, whose oid it is. */
oid_t small_server_begin(uint32_t port);
/* Answers, and counts. */
void small_server_answer(msg_t *msg);
extern struct small_counts small_counts;
void small_server_forget_counts(void);
/* How often is open what has not been closed. */
int small_server_n_open(void);
/* What came last: i.raw of mtDevCtl, mtMount; the flags of mtOpen, the mode of mtRead. */
extern msg_t small_last;
