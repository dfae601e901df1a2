/*
 * A keyboard is an input5 with an event3, and a stick of memory on usb a 1-2 with a 1-2:1.0: of
 * these subsystems what has a node is what programs open. Interfaces of networks have none.
 */
#include "gateway/event_broker/subsystems.h"

#include <string.h>

static const struct subsystem known[] = {
    {"block", true}, {"input", true}, {"net", false}, {"tty", true}, {"usb", true},
};
#define N_KNOWN (sizeof known / sizeof *known)

void subsystems_init(struct subsystems *subsystems)
{
    memcpy(subsystems->all, known, sizeof known);
    subsystems->n = N_KNOWN;
}

static bool add(struct subsystems *subsystems, const char *name, size_t size)
{
    if (size == 0 || size >= SUBSYSTEM_SIZE || subsystems->n == SUBSYSTEMS_MAX)
        return false;
    struct subsystem *subsystem = &subsystems->all[subsystems->n++];
    *subsystem = (struct subsystem){.by_nodes = false};
    memcpy(subsystem->name, name, size);
    for (size_t i = 0; i < N_KNOWN; i++)
        if (strcmp(known[i].name, subsystem->name) == 0)
            *subsystem = known[i];
    return true;
}

bool subsystems_read(struct subsystems *subsystems, const char *text)
{
    subsystems->n = 0;
    for (;;) {
        const size_t size = strcspn(text, ",");
        if (!add(subsystems, text, size))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

bool subsystems_have(const struct subsystems *subsystems, const struct uevent *event)
{
    for (unsigned i = 0; i < subsystems->n; i++)
        if (strcmp(subsystems->all[i].name, event->subsystem) == 0)
            return event->has_node || !subsystems->all[i].by_nodes;
    return false;
}
