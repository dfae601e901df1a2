/*
 * Ports of clients: their objects, and the numbers by which the broker knows them.
 */
#pragma once

#include "gateway/event_broker/notices.h"

#define PORTS_MAX 8192u
#define PORTS_BUCKETS 1024u

struct port {
    struct notice death;                         /* first */
    struct port *next_by_number, *next_by_proxy; /* in their buckets */
    struct notices *notices;                     /* borrowed */
    struct via_proxy *proxy;                     /* a count */
    uint32_t number;                             /* the gateway's word */
    uint64_t client;                             /* that sent it here first */
    int32_t asker;     /* the process on another host that asks by it; 0: none has yet */
    char *name;        /* owned; NULL: none is known */
    bool is_succeeded; /* another object has its number now: its death has been told by that */
};

struct ports {
    struct port *by_number[PORTS_BUCKETS]; /* owned, until they die */
    struct port *by_proxy[PORTS_BUCKETS];  /* the same */
    unsigned n;
    struct notices *notices; /* borrowed */
};

void ports_init(struct ports *ports, struct notices *notices);
/* When no thread tells of deaths any more. */
void ports_deinit(struct ports *ports);
/* That of @proxy, from @client, which is known until it dies. *successorp: its number was
 * another's, who is dead. VIA_NOT_FOUND: it has no number; VIA_BUSY: there are too many. */
VIA_MUST_USE enum via_status ports_learn(struct ports *ports, struct via_proxy *proxy,
                                         uint64_t client, struct port **portp, bool *successorp);
/* How many @client has sent here. */
unsigned ports_count(const struct ports *ports, uint64_t client);
/* Whether that of @proxy is known. */
bool ports_know(const struct ports *ports, const struct via_proxy *proxy);
/* NULL: it is not known */
struct port *ports_find(const struct ports *ports, uint32_t number);
/* Whether @caller, on another host, may ask by it: it is on another host as well, and nobody else
 * there has asked by it before. Whoever is on this host may. */
bool ports_may_ask(struct port *port, const struct via_caller *caller);
/* Calls @tell for each that is known to have died, however late its notice comes. */
void ports_tell_dead(const struct ports *ports, void (*tell)(void *user, uint32_t number),
                     void *user);
/* It has died: frees it. */
void ports_forget(struct ports *ports, struct port *port);
/* Asks the gateway which names they have. */
void ports_learn_names(struct ports *ports, struct via_node *node);
