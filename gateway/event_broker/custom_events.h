/*
 * Events by names of their own.
 */
#pragma once

#include <viaduct/status.h>

#include "codecs/portfolio_events.h"

#define CUSTOM_EVENTS_MAX (PORTFOLIO_EVENTS - PORTFOLIO_CUSTOM)

struct custom_events {
    char *names[CUSTOM_EVENTS_MAX];      /* owned; NULL: the number is free */
    uint64_t clients[CUSTOM_EVENTS_MAX]; /* who has registered it; 0: nobody that is there */
};

void custom_events_deinit(struct custom_events *events);
enum custom_events_fixed {
    CUSTOM_EVENTS_FIXED,
    CUSTOM_EVENTS_BAD_NAME,
    CUSTOM_EVENTS_NUMBER_TAKEN, /* or none that may have a name */
    CUSTOM_EVENTS_NAME_TAKEN,   /* by another, or by one of the system's */
    CUSTOM_EVENTS_NO_MEMORY
};

/* @event has @name from the start, or not. */
VIA_MUST_USE enum custom_events_fixed custom_events_fix(struct custom_events *events,
                                                        uint32_t event, const char *name);
/* Writes the names of all that have one, as codecs/portfolio_event_names.h has them: at most
 * PORTFOLIO_EVENT_NAMES_MAX octets. Returns how many they are, PORTFOLIO_EVENT_NAMES_HEAD at least.
 */
size_t custom_events_write(const struct custom_events *events, uint8_t *octets);
/* The event's number, or an error of the broker's. @name has @room octets and is anything. */
int32_t custom_events_register(struct custom_events *events, const char *name, size_t room,
                               bool is_user, uint64_t client);
/* Whether @name has a number. */
bool custom_events_has(const struct custom_events *events, const char *name, size_t room);
/* How many @client has registered. */
unsigned custom_events_count(const struct custom_events *events, uint64_t client);
/* @client is gone. */
void custom_events_disown(struct custom_events *events, uint64_t client);
