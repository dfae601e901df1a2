/*
 * Names of Linux's events: BTN_SOUTH, KEY_A, ABS_X, REL_WHEEL.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: it has no name. @type is EV_KEY, EV_REL or EV_ABS. */
const char *input_name_of(uint16_t type, uint16_t code);
bool input_name_find(const char *name, uint16_t *typep, uint16_t *codep);
