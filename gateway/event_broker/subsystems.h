/*
 * The kernel's subsystems whose devices are told of.
 */
#pragma once

#include "gateway/event_broker/uevent.h"

#define SUBSYSTEMS_MAX 16u
#define SUBSYSTEM_SIZE 32u /* octets of its name with the NUL */

struct subsystems {
    unsigned n;
    struct subsystem {
        char name[SUBSYSTEM_SIZE];
        bool by_nodes; /* only those of its devices that have a node in /dev */
    } all[SUBSYSTEMS_MAX];
};

/* block, input, net, tty and usb. */
void subsystems_init(struct subsystems *subsystems);
/* "block,net": these alone. false: it is no such list, or too long. */
bool subsystems_read(struct subsystems *subsystems, const char *text);
/* Whether @event is of a device that is told of. */
bool subsystems_have(const struct subsystems *subsystems, const struct uevent *event);
