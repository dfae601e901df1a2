/*
 * Ports of this process, by their numbers.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/msg.h>
#include <sys/rb.h>
#include <viaduct/object.h>

struct received;
struct client;

struct port {
    rbnode_t node;    /* of the table; first */
    atomic_uint refs; /* the table's, the stub's, and one of each thread that uses it */
    uint32_t number;
    struct via_stub *stub;     /* a count, until portDestroy() */
    struct via_queue *queue;   /* owned */
    struct received *received; /* those without an answer: received.c's */
    bool is_over;              /* likewise: nothing more is received */
    rbtree_t clients;          /* those that have opened something: clients.c's */
    struct opened *closings;   /* owned: to be closed for those that are gone; clients.c's */
    struct opened **last_closing;
};

/* A count; NULL: this process has no such port. */
struct port *port_get(uint32_t number);
struct port *port_unref(struct port *port);
