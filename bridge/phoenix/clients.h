/*
 * Who has opened what, by messages: what is still open when a client is gone is closed for it, by
 * messages that the port receives like any other.
 */
#pragma once

#include <stdbool.h>
#include <sys/msg.h>
#include <viaduct/object.h>

struct port;

/* An object that a client has opened, or, once that is gone, that is to be closed for it. */
struct opened;

void clients_init(struct port *port);

/* Its mtOpen of @oid is about to be answered with success; @call is that. */
void clients_opened(struct port *port, struct via_call *call, const oid_t *oid, int flags);
/* It closes @oid. */
void clients_closed(struct port *port, const struct via_caller *caller, const oid_t *oid);

struct closing {
    oid_t oid;
    int flags;
    int pid;
};
/* What is to be closed next. False: nothing. */
bool clients_take_closing(struct port *port, struct closing *closing);

/* The process that messages are said to come from. */
int clients_pid(const struct via_caller *caller);

/* The port is over: nobody is waited for. */
void clients_forget(struct port *port);
void clients_drop_closings(struct port *port);

void clients_before_fork(void);
void clients_after_fork(bool in_child);
