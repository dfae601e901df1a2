/*
 * Portfolio: devices. Those that events name are stand-ins, which have a name and nothing else.
 *
 * Source: docs/event-broker.md, "Headers"; the system's device.h.
 */
#pragma once

#include "item.h"
#include "kernelnodes.h"
#include "list.h"
#include "nodes.h"

typedef struct Device {
    ItemNode dev;
} Device, *DeviceP;
