/*
 * What the parts of a Unix link share: unix_link.c (its life and work) and unix_link_handover.c
 * (from process to process).
 */
#pragma once

#include <sys/un.h>

#include "bridge/unix_link.h"

struct unix_link {
    struct link link;
    struct loop *loop;         /* borrowed */
    struct loop_source source; /* its fd is owned */
    struct loop_task task;     /* an event that is to come from the loop */
    struct loop_timer timer;   /* trying again, or the end of closing */
    uint8_t *backlog;          /* owned; NULL while nothing is left over */
    size_t backlog_size, backlog_capacity;
    struct ucred peer;
    struct sockaddr_un address; /* while connecting */
    uint64_t connect_until_ms;
    bool *gonep;     /* set when the owner destroys the link in an event */
    bool connecting; /* the listener's queue is full */
    bool opened;     /* told so */
    bool stuck;      /* a flush could not write all */
    bool failed;     /* a write failed: it is shut down */
    bool held;       /* nothing is read meanwhile */
    bool closing;    /* nothing is read any more, closed comes next */
    bool over;       /* closed was told, or comes with the task */
    enum via_status why;
    char detail[128];
};
