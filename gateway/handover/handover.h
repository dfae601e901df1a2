/*
 * Hand-over: a new process takes a running gateway's place, with its sockets, its Unix links and
 * the state of its sessions. Beside the local socket stands another, PATH.handover, on which the
 * running one can be asked for it by a process of the same user.
 *
 * Until the last message nothing has changed: if anything fails, the running one goes on as if
 * nobody had asked, and the other ends.
 */
#pragma once

#include "bridge/loop.h"

struct gateway;
struct snapshot;

struct handover {
    struct gateway *gateway;    /* borrowed */
    struct loop_source source;  /* where one asks; its fd is owned; -1: not open */
    struct loop_source asker;   /* who does; its fd is owned; -1: nobody */
    bool bound;                 /* the file is ours to remove */
    bool asked;                 /* the asker wants it */
    struct loop_timer patience; /* until it is done although somebody is being greeted */
    /* while this process takes over */
    int channel;               /* owned; -1 */
    struct snapshot *snapshot; /* owned */
};

void handover_init(struct handover *handover, struct gateway *gateway);
/* From now on it can be asked for. */
VIA_MUST_USE enum via_status handover_open(struct handover *handover, char *words,
                                           size_t words_size);
void handover_close(struct handover *handover);
/* The socket that another process was asked on. Takes @fd. */
void handover_inherit(struct handover *handover, struct gateway *gateway, int fd);

/* ---- the new one ---- */

/* Takes the state of the gateway that runs. VIA_NOT_CONNECTED: none does. */
VIA_MUST_USE enum via_status handover_take(struct handover *handover, char *words,
                                           size_t words_size);
/* All that could fail has been done: from here on this one is the gateway, or there is an error. */
VIA_MUST_USE enum via_status handover_commit(struct handover *handover, char *words,
                                             size_t words_size);

/* ---- the running one ---- */

/* Whether it has been asked for, and nobody is within a handshake, or that takes too long: then it
 * is to be given after this turn. */
bool handover_is_due(const struct handover *handover);
/* Gives everything to whoever asked. True: that one is the gateway now. */
bool handover_give(struct handover *handover);
/* What did not move is told to come back and closed, for a moment at most; all else is let go of
 * without a word. */
void handover_leave(struct handover *handover);
