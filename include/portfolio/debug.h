/*
 * Portfolio: debugging. There is nothing of that here; programs include the header.
 *
 * Source: docs/event-broker.md, "Headers".
 */
#pragma once

#include "types.h"
