/*
 * Questions to the gateway about numbers. What comes back is remembered, so each is asked once in
 * the life of its object.
 */
#include "bridge/directory_call.h"
#include "bridge/entry.h"
#include "bridge/node.h"
#include "bridge/proxy.h"
#include "codecs/control.h"

static void learn(struct via_node *node, struct via_proxy *proxy, uint32_t number)
{
    node_lock(node);
    known_numbers_learn(node, proxy, number);
    node_unlock(node);
}

static struct via_proxy *find_known(struct via_node *node, uint32_t number)
{
    node_lock(node);
    struct via_proxy *proxy = known_numbers_get(&node->known_numbers, number);
    if (proxy != NULL && proxy_check(proxy) == VIA_OK)
        (void)via_proxy_ref(proxy);
    else
        proxy = NULL;
    node_unlock(node);
    return proxy;
}

static enum via_status ask_for(struct via_node *node, uint32_t number, struct via_proxy **proxyp)
{
    struct via_parcel *request = NULL, *reply = NULL;
    struct via_proxy *proxy = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, number);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, DIRECTORY_FIND_NUMBER, request, FRAME_NO_DEADLINE,
                                        NULL, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &proxy);
    if (status == VIA_OK && proxy == NULL)
        status = VIA_NOT_FOUND; /* it went while the reply was under way */
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    if (status == VIA_OK)
        *proxyp = proxy;
    return status;
}

enum via_status via_node_find_number(struct via_node *node, uint32_t number,
                                     struct via_proxy **proxyp)
{
    if (node == NULL || proxyp == NULL)
        return VIA_INVALID;
    if (number < VIA_NUMBER_FIRST || number > VIA_NUMBER_LAST)
        return VIA_NOT_FOUND;
    struct via_proxy *proxy = find_known(node, number);
    if (proxy == NULL) {
        enum via_status status = ask_for(node, number, &proxy);
        if (status != VIA_OK)
            return status;
        learn(node, proxy, number);
    }
    *proxyp = proxy;
    return VIA_OK;
}

static enum via_status ask_of(struct via_proxy *proxy, uint32_t *numberp)
{
    struct via_node *node = proxy->node;
    struct via_parcel *request = NULL, *reply = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_ref(request, proxy);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, DIRECTORY_NUMBER_OF, request, FRAME_NO_DEADLINE, NULL,
                                        &reply);
    if (status == VIA_OK)
        status = via_parcel_read_u32(reply, numberp);
    (void)via_parcel_unref(request);
    (void)via_parcel_unref(reply);
    return status;
}

enum via_status via_proxy_number(struct via_proxy *proxy, uint32_t *numberp)
{
    if (proxy == NULL || numberp == NULL)
        return VIA_INVALID;
    uint32_t number = 0;
    node_lock(proxy->node);
    enum via_status status = proxy_check(proxy);
    if (status == VIA_OK)
        number = proxy->number;
    node_unlock(proxy->node);
    if (status == VIA_OK && number == 0 && proxy->local != NULL)
        status = VIA_NOT_FOUND;
    if (status == VIA_OK && number == 0) {
        status = ask_of(proxy, &number);
        if (status == VIA_OK)
            learn(proxy->node, proxy, number);
    }
    if (status == VIA_OK)
        *numberp = number;
    return status;
}

enum via_status via_node_find_prefix(struct via_node *node, const char *family, const char *path,
                                     struct via_found *found)
{
    if (node == NULL || family == NULL || family[0] == '\0' || path == NULL || path[0] == '\0' ||
        found == NULL)
        return VIA_INVALID;
    struct via_parcel *request = NULL, *reply = NULL;
    struct via_found new = {.proxy = NULL};
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, path);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, DIRECTORY_FIND_PREFIX, request, FRAME_NO_DEADLINE,
                                        NULL, &reply);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &new.proxy);
    if (status == VIA_OK)
        status = entry_read(reply, &new.entry);
    (void)via_parcel_unref(request);
    if (status != VIA_OK) {
        (void)via_proxy_unref(new.proxy);
        (void)via_parcel_unref(reply);
        return status;
    }
    if (new.proxy != NULL)
        learn(node, new.proxy, new.entry.number);
    new.words = reply;
    *found = new;
    return VIA_OK;
}
