/*
 * No process has a device: a broker gave its number out, and tells its name to whoever asks. What
 * it said once is not asked for again, as a number's name never changes. The broker is the one that
 * programs find; another's devices are not known to it.
 *
 * Nobody says when a program has no more use for a stand-in: the last DEVICES_MAX stay.
 */
#include "bridge/portfolio/device.h"

#include <viaduct/node.h>
#include <viaduct/object.h>

#include "bridge/portfolio/broker_name.h"
#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/patience.h"
#include "bridge/portfolio/wide.h"
#include "codecs/portfolio_pod.h"
#include "include/portfolio/device.h"
#include "include/portfolio/kernelnodes.h"

#define DEVICES_MAX 1024u /* stand-ins */
#define ASK_MS 5000u      /* for the broker's answer, unless VIADUCT_TIMEOUT_MS says otherwise */

struct device {
    struct item item; /* first */
    struct device *newer;
};

/* With the Items' lock held. */
static struct device *oldest, **newest = &oldest;
static uint32 n_devices;

const struct item_kind device_kind = {
    .type = DEVICENODE,
    .private_size = sizeof(struct device),
    .public_size = sizeof(Device),
};

/* ---- asking ---- */

/* The broker, a count; NULL: there is none, or it is a port of this very process. */
static struct via_proxy *find_broker(void)
{
    struct via_proxy *proxy = NULL;
    bool is_broker;
    struct via_node *node = via_node_default();
    if (node == NULL ||
        via_node_find(node, ENTRANCE_FAMILY, broker_name_asked_for(BROKER_NAME, &is_broker), 0,
                      &proxy) != VIA_OK)
        return NULL;
    return via_proxy_local(proxy) == NULL ? proxy : via_proxy_unref(proxy);
}

/* The answer, a count; NULL: there is none. */
static struct via_parcel *ask(struct via_proxy *broker, Item number)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    const uint32_t timeout = patience_ms() != 0 ? patience_ms() : ASK_MS;
    struct via_parcel *parcel, *reply = NULL;
    if (via_parcel_create(&parcel) != VIA_OK)
        return NULL;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    const size_t size = portfolio_pod_put_number((uint32_t)number, octets);
    enum via_status status = via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL);
    if (status == VIA_OK)
        status = via_proxy_call(broker, PORTFOLIO_ITEM_NAME, parcel, timeout, NULL, &reply);
    (void)via_parcel_unref(parcel);
    return status == VIA_OK ? reply : NULL;
}

/* ---- making one ---- */

/* NULL: the broker knows no such number, or there is no memory. */
static struct item *create(Item number, struct via_parcel *reply)
{
    struct portfolio_answer answer;
    if (portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply), PORTFOLIO_PROVIDER,
                                0, &answer, NULL) != VIA_OK)
        return NULL;
    const char *name = answer.result == 0 ? portfolio_item_name_of(&answer) : NULL;
    struct item *item = name != NULL ? item_create(&device_kind, sizeof(Device)) : NULL;
    if (item == NULL)
        return NULL;
    item->node->n_Item = number;
    if (item_set_name(item, name) == 0)
        return item;
    item_destroy(item);
    return NULL;
}

static void forget_oldest(struct item **gonep)
{
    struct device *device = oldest;
    oldest = device->newer;
    if (oldest == NULL)
        newest = &oldest;
    n_devices--;
    items_leave(&device->item, gonep);
}

/* Another thread may have been first. */
static void enter(struct item *item, struct item **gonep)
{
    struct device *device = (struct device *)item;
    if (wide_get(item->node->n_Item) != NULL || items_enter(item, NULL) < 0) {
        item->next_gone = *gonep;
        *gonep = item;
        return;
    }
    *newest = device;
    newest = &device->newer;
    if (++n_devices > DEVICES_MAX)
        forget_oldest(gonep);
}

static bool is_there(Item number)
{
    items_lock();
    bool is = items_find(number) != NULL;
    items_unlock();
    return is;
}

void device_learn(Item number)
{
    struct item *gone = NULL;
    struct via_proxy *broker = wide_is(number) && !is_there(number) ? find_broker() : NULL;
    struct via_parcel *reply = broker != NULL ? ask(broker, number) : NULL;
    struct item *item = reply != NULL ? create(number, reply) : NULL;
    (void)via_parcel_unref(reply);
    (void)via_proxy_unref(broker);
    if (item == NULL)
        return;
    items_lock();
    enter(item, &gone);
    items_unlock();
    items_release(gone);
}

void device_forget(void)
{
    oldest = NULL; /* the parent's stay as they are */
    newest = &oldest;
    n_devices = 0;
}
