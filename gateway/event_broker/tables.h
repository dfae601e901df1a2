/*
 * Tables of pods in the memory of those who asked for one: what of them has changed is told once a
 * field at most, and not before the last time has been answered.
 */
#pragma once

#include "gateway/event_broker/broker.h"

/* false: memory is short */
bool tables_start(struct listener *listener);
/* All entries that there are, as they are now; what @listener was to be told is in them. Octets of
 * broker->octets. */
size_t tables_write_all(struct broker *broker, struct listener *listener);
/* Entries of a class have changed, from one ordinal to another. */
void tables_mark(struct broker *broker, unsigned generic, unsigned from, unsigned to);
void tables_tell(struct broker *broker);
bool tables_are_due(const struct listener *listener);
