/*
 * The one place that knows of the gateway's bindings.
 */
#include "bridge/legato/binding.h"

#include <stdint.h>

enum via_status binding_connect(void)
{
    struct via_node *node = via_node_default();
    if (via_node_payload_max(node) != 0)
        return VIA_OK;
    enum via_status status = via_node_connect(node, 0);
    return status == VIA_TIMEOUT ? VIA_NOT_CONNECTED : status;
}

enum via_status binding_find(const char *interface, const char *protocol, bool wait,
                             struct via_found *found)
{
    return via_node_find_bound(via_node_default(), BINDING_FAMILY, interface, protocol,
                               wait ? UINT32_MAX : 0, found);
}

enum via_status binding_find_async(const char *interface, const char *protocol, via_found_fn fn,
                                   void *user, struct via_finding **findingp)
{
    return via_node_find_bound_async(via_node_default(), BINDING_FAMILY, interface, protocol, fn,
                                     user, findingp);
}
