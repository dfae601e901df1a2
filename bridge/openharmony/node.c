/*
 * The family's node: the process's own, with as many workers as the kit promises.
 */
#include <pthread.h>

#include "bridge/openharmony/remote.h"

#define WORKERS_DEFAULT 17u /* 16, and the system's base worker */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct via_node *node; /* borrowed, never destroyed */

static void find_node(void)
{
    node = via_node_default();
    if (node != NULL && via_node_set_workers(node, WORKERS_DEFAULT) != VIA_OK)
        node = NULL;
}

struct via_node *remote_node(void)
{
    pthread_once(&once, find_node);
    return node;
}
