/*
 * Numbers of events: which bit of a mask stands for which, what they are called, and what their
 * data are.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "codecs/portfolio_fields.h"

#define PORTFOLIO_EVENTS 256u /* numbers; 0 is none */
#define PORTFOLIO_CUSTOM 128u /* from this number on they are programs' own */

struct portfolio_event {
    const char *name;
    const struct portfolio_struct *data; /* NULL: it has none */
    int class;                           /* whose pods say this; -1: none */
};

/* NULL: none of the system's has this number. */
const struct portfolio_event *portfolio_event_of(uint32_t number);
/* 0: none of the system's is called @text. */
uint8_t portfolio_event_named(const char *text, size_t size);
/* Whether it is something users do, which goes where the focus is: words 0, 1, 4 and 5 of a mask.
 */
bool portfolio_event_is_users(uint8_t number);

/* ---- masks ---- */

bool portfolio_mask_has(const uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number);
void portfolio_mask_set(uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number);
void portfolio_mask_clear(uint32_t mask[PORTFOLIO_MASK_WORDS], uint8_t number);
/* The number for which the bit stands that is @index from the first word's highest; 0: none. */
uint8_t portfolio_mask_number(uint32_t index);
