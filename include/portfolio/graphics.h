/*
 * Portfolio: graphics. There are none here; the header brings what it brings there.
 *
 * Source: docs/event-broker.md, "Headers".
 */
#pragma once

#include "folio.h"
#include "list.h"
#include "operror.h"
#include "semaphore.h"
#include "types.h"
