/*
 * Which object has which gateway-wide number, as far as this node knows: its own, and those that it
 * has found, until they die. So who sends to a number asks the gateway once.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <viaduct/status.h>

struct via_node;
struct via_proxy;

struct known_numbers {
    struct via_proxy **places; /* owned; a hash of open places, by the proxies' numbers */
    size_t n_places, n;        /* a power of two, at most half of it taken; 0 at first */
};

/* All with the lock held. */

/* There is room for one more. */
VIA_MUST_USE enum via_status known_numbers_reserve(struct known_numbers *known);
/* @proxy's from now on, unless the number is another's; borrowed. There is room. */
void known_numbers_put(struct known_numbers *known, struct via_proxy *proxy, uint32_t number);
/* Borrowed; NULL: not known. */
struct via_proxy *known_numbers_get(const struct known_numbers *known, uint32_t number);
void known_numbers_take_out(struct known_numbers *known, struct via_proxy *proxy);

/* One that was found has this number: it is remembered, with a count, until it dies. */
void known_numbers_learn(struct via_node *node, struct via_proxy *proxy, uint32_t number);
/* It has died; it may have had one. */
void known_numbers_died(struct via_proxy *proxy);
/* The node is closed: those that were found are let go. */
void known_numbers_clear(struct via_node *node);
/* In the child of a fork: nothing is known there, and what the parent has is left alone. */
void known_numbers_forget(struct known_numbers *known);
