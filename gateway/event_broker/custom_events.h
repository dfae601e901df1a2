/*
 * Events by names of their own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUSTOM_EVENT_FIRST 128u
#define CUSTOM_EVENT_FIRST_OTHER 192u /* below it are those that users do */
#define CUSTOM_EVENT_LAST 255u
#define CUSTOM_EVENTS_MAX (CUSTOM_EVENT_LAST - CUSTOM_EVENT_FIRST + 1)

struct custom_events {
    char *names[CUSTOM_EVENTS_MAX]; /* owned; NULL: the number is free */
};

void custom_events_deinit(struct custom_events *events);
/* @event has @name from the start. false: it is none that may have one, or one of the two is taken.
 */
bool custom_events_fix(struct custom_events *events, uint32_t event, const char *name);
/* The event's number, or an error of the broker's. @name has @room octets and is anything. */
int32_t custom_events_register(struct custom_events *events, const char *name, size_t room,
                               bool is_user);
