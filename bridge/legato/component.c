/*
 * The components of the program, which announce themselves in constructors, in the order in which
 * those run; main() queues them.
 */
#include "bridge/legato/component.h"

#include "bridge/legato/thread.h"
#include "include/legato/le_eventLoop.h"

static struct le_event_Component_ *first; /* the program's own storage */
static struct le_event_Component_ **end = &first;

void le_event_AddComponent_(struct le_event_Component_ *componentPtr)
{
    *end = componentPtr;
    end = &componentPtr->nextPtr;
}

static void queue_those(bool is_once)
{
    for (struct le_event_Component_ *component = first; component != NULL;
         component = component->nextPtr)
        if (component->isOnce == is_once)
            le_event_QueueFunction(component->init, NULL, NULL);
}

void components_queue(void)
{
    queue_those(true);
    queue_those(false);
}
