/*
 * Messages. One is on a port, or held by a task, or, while its port is another process's, under
 * way.
 */
#pragma once

#include "bridge/portfolio/items.h"
#include "codecs/portfolio_message.h"
#include "include/portfolio/msgport.h"

struct journey;
struct port;
struct task;
struct via_call;

struct message {
    struct item item;    /* first */
    struct port *port;   /* borrowed: on whose list it is; NULL: on none */
    struct task *holder; /* borrowed: who holds it; NULL: nobody */
    struct message *next_held, **held_link;
    void *data;              /* owned: its buffer, or a copy of what was sent with it */
    struct journey *journey; /* of one that is under way to another process; NULL */
    struct via_call *call;   /* a count: by which another process's came; NULL: it is ours */
    size_t size;             /* octets, of one that came so */
};

/* What comes with a message. */
struct words {
    const void *data; /* of a small message a number */
    int32 size;
    bool are_numbers; /* they may be nothing else */
    bool are_all;     /* what is behind them in a buffer is zero */
    void *copy;       /* owned, until words_put(); for a standard message */
};

struct words words_of_numbers(uint32 first, uint32 second);

enum portfolio_kind message_kind_of(const struct message *message);
Message *message_public(const struct message *message);

/* All with the lock held. */

struct message *message_find(Item number);
/* It is that task's alone, and on no port. */
void message_hold(struct message *message, struct task *task);
/* It is nobody's. */
void message_let_go(struct message *message);
/* It goes to its reply port; where that is gone, to its owner. Another process's is let go, and
 * answered so when it is released. */
void message_return(struct message *message, int32 result);
/* Likewise, with what the answer brings. */
void message_return_with(struct message *message, int32 result, struct words *words);
/* @task ends: what it holds and is others' goes back to them. */
void message_return_held(struct task *task);

/* Makes a copy, if @message is one that wants it; no lock held, for it may be long. NOMEM. */
Err words_copy(struct words *words, Item message);
/* BADPTR, BADSIZE: these cannot come with @message. */
Err words_check(const struct words *words, const struct message *message);
void words_put(struct words *words, struct message *message);
