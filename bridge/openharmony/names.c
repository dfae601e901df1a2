/*
 * Names, which the kit itself does not have: stubs are published in the gateway's directory and
 * found there.
 */
#include <string.h>

#include "bridge/openharmony/remote.h"
#include "include/openharmony/viaduct_openharmony.h"

#define FAMILY "openharmony"
#define CLASS_NAME_MAX 1023u /* a longer descriptor is no class name */

enum via_status via_openharmony_publish(const char *name, const OHIPCRemoteStub *stub)
{
    if (name == NULL || stub == NULL || stub->stub == NULL)
        return VIA_INVALID;
    struct via_node *node = remote_node();
    if (node == NULL)
        return VIA_NO_MEMORY;
    struct via_publish_options options = {.size = sizeof options};
    struct remote_stub *ours = remote_stub_of(stub->stub);
    if (ours != NULL && strlen(remote_stub_descriptor(ours)) <= CLASS_NAME_MAX)
        options.class_name = remote_stub_descriptor(ours);
    return via_node_publish(node, FAMILY, name, stub->stub, &options);
}

enum via_status via_openharmony_withdraw(const char *name, const OHIPCRemoteStub *stub)
{
    if (name == NULL || stub == NULL || stub->stub == NULL)
        return VIA_INVALID;
    struct via_node *node = remote_node();
    return node == NULL ? VIA_NO_MEMORY : via_node_withdraw(node, FAMILY, name, stub->stub);
}

enum via_status via_openharmony_get(const char *name, uint32_t wait_ms, OHIPCRemoteProxy **proxyp)
{
    if (name == NULL || proxyp == NULL)
        return VIA_INVALID;
    struct via_node *node = remote_node();
    if (node == NULL)
        return VIA_NO_MEMORY;
    struct via_proxy *object = NULL;
    enum via_status status = via_node_find(node, FAMILY, name, wait_ms, &object);
    if (status != VIA_OK)
        return status;
    OHIPCRemoteProxy *proxy = remote_proxy_wrap(object);
    via_proxy_unref(object);
    if (proxy == NULL)
        return VIA_NO_MEMORY;
    *proxyp = proxy;
    return VIA_OK;
}

void via_openharmony_fault(char *words, size_t size)
{
    struct via_node *node = remote_node();
    if (node != NULL)
        via_node_fault(node, words, size);
    else if (size > 0)
        words[0] = '\0';
}
