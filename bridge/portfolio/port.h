/*
 * Message ports of this process.
 */
#pragma once

#include "bridge/portfolio/items.h"
#include "include/portfolio/msgport.h"

struct entrance;
struct message;
struct task;

struct port {
    struct item item;          /* first */
    struct task *task;         /* borrowed: its owner, for good */
    List arrived;              /* messages, until its own thread looks */
    struct entrance *entrance; /* owned */
    bool has_table;            /* it has asked for one: table.c's */
};

/* All with the lock held. */

struct port *port_find(Item number);
/* Why a task may not do with what it does not find what owners do: BADITEM; NOTOWNER: it is another
 * process's. */
Err port_refusal(Item number);
MsgPort *port_public(const struct port *port);
/* It is on the port from now on, whoever held it, with @flags; the owner is told. */
void port_put(struct port *port, struct message *message, uint8 flags);
/* It is on no port any more. */
void port_remove(struct message *message);
/* The owner's thread: what has arrived is where programs see it, and which is next; NULL: none. */
struct message *port_first(struct port *port);
/* Whether any port of @task's with one of @signals has a message. */
bool port_any(const struct task *task, uint32 signals);
