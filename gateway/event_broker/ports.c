/*
 * A number in somebody's octets says nothing; that of an object is asked of the gateway, once. A
 * port that has ever asked for something is kept until it dies: so its number is at hand for the
 * next request, and its death is told, whatever it holds by then.
 *
 * Objects of listeners are told to whoever asks which there are. To ask by another's port would be
 * to configure another's listener, or to take its lock: so a port is its first asker's.
 *
 * A port whose session was lost comes back as another object with the number that it had, and its
 * first request may be here before its death has been told, by another thread.
 */
#include "gateway/event_broker/ports.h"

#include <stdlib.h>
#include <string.h>

#define FAMILY "portfolio"
#define PAGES "portfolio.page" /* listeners who speak JSON */

void ports_init(struct ports *ports, struct notices *notices)
{
    memset(ports, 0, sizeof *ports);
    ports->notices = notices;
}

/* Numbers are given out one after the other. */
static struct port **number_bucket(struct ports *ports, uint32_t number)
{
    return &ports->by_number[number % PORTS_BUCKETS];
}

static size_t proxy_place(const struct via_proxy *proxy)
{
    const uintptr_t address = (uintptr_t)proxy;
    return (address >> 4 ^ address >> 14) % PORTS_BUCKETS;
}

static void destroy(struct port *port)
{
    (void)via_proxy_unref(port->proxy);
    free(port->name);
    free(port);
}

void ports_deinit(struct ports *ports)
{
    for (unsigned i = 0; i < PORTS_BUCKETS; i++)
        while (ports->by_number[i] != NULL) {
            struct port *port = ports->by_number[i];
            ports->by_number[i] = port->next_by_number;
            destroy(port);
        }
}

static void died(void *user, enum via_cause cause)
{
    struct port *port = user;
    (void)cause;
    notices_post(port->notices, &port->death);
}

static enum via_status add(struct ports *ports, struct via_proxy *proxy, uint32_t number,
                           uint64_t client, struct port **portp)
{
    struct port *port = ports->n >= PORTS_MAX ? NULL : calloc(1, sizeof *port);
    if (port == NULL)
        return VIA_BUSY;
    port->death.is_port = true;
    port->notices = ports->notices;
    port->number = number;
    port->client = client;
    port->proxy = via_proxy_ref(proxy);
    const enum via_status status = via_proxy_watch(proxy, died, port, NULL);
    if (status != VIA_OK) {
        destroy(port);
        return status;
    }
    struct port **bucket = number_bucket(ports, number);
    port->next_by_number = *bucket;
    *bucket = port;
    bucket = &ports->by_proxy[proxy_place(proxy)];
    port->next_by_proxy = *bucket;
    *bucket = port;
    ports->n++;
    *portp = port;
    return VIA_OK;
}

static struct port *find(const struct ports *ports, const struct via_proxy *proxy)
{
    struct port *port = ports->by_proxy[proxy_place(proxy)];
    while (port != NULL && port->proxy != proxy)
        port = port->next_by_proxy;
    return port;
}

enum via_status ports_learn(struct ports *ports, struct via_proxy *proxy, uint64_t client,
                            struct port **portp, bool *successorp)
{
    uint32_t number;
    struct port *port = find(ports, proxy);
    *successorp = false;
    if (port != NULL) {
        *portp = port;
        return VIA_OK;
    }
    enum via_status status = via_proxy_number(proxy, &number);
    if (status != VIA_OK)
        return status;
    struct port *before = ports_find(ports, number);
    status = add(ports, proxy, number, client, portp);
    if (status == VIA_OK && before != NULL)
        before->is_succeeded = *successorp = true;
    return status;
}

bool ports_know(const struct ports *ports, const struct via_proxy *proxy)
{
    return find(ports, proxy) != NULL;
}

unsigned ports_count(const struct ports *ports, uint64_t client)
{
    unsigned n = 0;
    for (unsigned i = 0; i < PORTS_BUCKETS; i++)
        for (const struct port *port = ports->by_number[i]; port != NULL;
             port = port->next_by_number)
            n += port->client == client;
    return n;
}

struct port *ports_find(const struct ports *ports, uint32_t number)
{
    struct port *port = ports->by_number[number % PORTS_BUCKETS];
    while (port != NULL && port->number != number)
        port = port->next_by_number;
    return port;
}

bool ports_may_ask(struct port *port, const struct via_caller *caller)
{
    if (!caller->remote)
        return true;
    if (!via_proxy_is_remote(port->proxy))
        return false;
    if (port->asker == 0)
        port->asker = caller->process;
    return port->asker == caller->process;
}

void ports_tell_dead(const struct ports *ports, void (*tell)(void *user, uint32_t number),
                     void *user)
{
    for (unsigned i = 0; i < PORTS_BUCKETS; i++)
        for (const struct port *port = ports->by_number[i]; port != NULL;
             port = port->next_by_number)
            if (!port->is_succeeded && via_proxy_death(port->proxy) != VIA_ALIVE)
                tell(user, port->number);
}

void ports_forget(struct ports *ports, struct port *port)
{
    struct port **place = number_bucket(ports, port->number);
    while (*place != port)
        place = &(*place)->next_by_number;
    *place = port->next_by_number;
    place = &ports->by_proxy[proxy_place(port->proxy)];
    while (*place != port)
        place = &(*place)->next_by_proxy;
    *place = port->next_by_proxy;
    ports->n--;
    destroy(port);
}

static void learn_name(void *user, const struct via_entry *entry)
{
    struct port *port = entry->number == 0 ? NULL : ports_find(user, entry->number);
    if (port != NULL && port->name == NULL)
        port->name = strdup(entry->name);
}

void ports_learn_names(struct ports *ports, struct via_node *node)
{
    /* Where the gateway does not answer, they have the names that they had. */
    (void)via_node_list(node, FAMILY, NULL, learn_name, ports);
    (void)via_node_list(node, PAGES, NULL, learn_name, ports);
}
