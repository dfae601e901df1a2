/*
 * Portfolio: folios. There are none here; the header brings what it brings there.
 *
 * Source: docs/event-broker.md, "Headers".
 */
#pragma once

#include "item.h"
#include "nodes.h"
#include "task.h"
#include "types.h"
