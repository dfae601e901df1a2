/*
 * Names of events that programs have registered, as a broker tells all who subscribe to it whenever
 * there are others (PORTFOLIO_EVENT_NAMES): of each event an octet, its number, then its name with
 * a NUL, behind the word that providers' payloads begin with.
 */
#pragma once

#include "codecs/portfolio_events.h"
#include "codecs/portfolio_name.h"

#define PORTFOLIO_EVENT_NAMES_HEAD 4u
#define PORTFOLIO_EVENT_NAME_MAX (1u + PORTFOLIO_NAME_MAX + 1u)
#define PORTFOLIO_EVENT_NAMES_MAX                                                                  \
    (PORTFOLIO_EVENT_NAMES_HEAD +                                                                  \
     (size_t)(PORTFOLIO_EVENTS - PORTFOLIO_CUSTOM) * PORTFOLIO_EVENT_NAME_MAX)

/* Writes the word before the first name, PORTFOLIO_EVENT_NAMES_HEAD octets, and returns the place
 * behind it. */
uint8_t *portfolio_event_names_begin(uint8_t *octets);
/* Writes one, at most PORTFOLIO_EVENT_NAME_MAX octets, and returns the place behind it. */
uint8_t *portfolio_event_name_put(uint8_t *octets, uint8_t number, const char *name);
/* Whether @octets are names of events, and nothing else. */
bool portfolio_event_names_are(const void *octets, size_t size);
/* The one at *@atp, PORTFOLIO_EVENT_NAMES_HEAD at first; *@atp becomes the next one's place, and
 * @namep borrows. false: there is none any more, or something that is none. */
bool portfolio_event_names_next(const void *octets, size_t size, size_t *atp, uint8_t *numberp,
                                const char **namep);
