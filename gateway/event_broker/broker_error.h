/*
 * The broker's errors, as results of messages.
 */
#pragma once

#include <stdbool.h>

#include "include/portfolio/event.h"

#define BROKER_ERROR(number) MAKEEB(ER_SEVERE, ER_C_STND, number)
