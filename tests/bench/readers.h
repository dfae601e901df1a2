/*
 * Readers: many lean links that count the messages that come, an event each.
 */
#pragma once

#include "tests/bench/driver.h"
#include "tests/bench/lean_link.h"
#include "tests/bench/spread.h"

struct readers {
    const char *subprotocol; /* borrowed */
    const char *gateway;     /* borrowed */
    const char *greeting;    /* borrowed: what each says first, and is answered; NULL: nothing */
    int (*emit)(void *user, unsigned n); /* makes the source emit; 0 on success */
    void *user;
    struct loop *loop;        /* owned */
    struct lean_links *links; /* owned */
    struct reader *all;       /* owned */
    unsigned n, n_begun, n_open;
    unsigned n_failed; /* attempts to open one */
    struct spread spread;
    bool lost;
};

struct reader {
    struct readers *readers; /* borrowed */
    struct link *link;       /* owned */
    bool open;
    unsigned n; /* events */
};

/* @n of them to @gateway, with files of a certificate and its key, or NULL. 0 on success. */
int readers_open(struct readers *readers, unsigned n, const char *gateway, const char *cert,
                 const char *key);
void readers_close(struct readers *readers);
/* For driver_serve(). */
int readers_run(void *user, const struct order *order, uint64_t *ns);
