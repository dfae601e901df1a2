/*
 * One stand-in for each object, made when its number is first needed, and held with that object
 * until it dies. A number is the gateway's word, never that of who sent the object. One that has no
 * number, because no gateway gave its process one, has one of this process's.
 *
 * Who looked at a stand-in may still do so when its port is gone: the last KEPT_MAX of those stay.
 * Nobody is told of deaths; those that died are found out when so many more have come.
 */
#include "bridge/portfolio/foreign.h"

#include <stdlib.h>
#include <viaduct/node.h>

#include "bridge/portfolio/broker_name.h"
#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/wide.h"
#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"

#define KEPT_MAX 1024u     /* stand-ins whose ports are gone */
#define SWEEP_AT_LEAST 64u /* stand-ins before it is looked which of them are gone */
#define NOT_FOUND MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound)

struct foreign {
    struct item item; /* first */
    struct foreign *next, *prev;
    struct via_proxy *proxy;   /* a count */
    bool is_broker, is_judged; /* it is known whether it is one */
};

/* With the Items' lock held. */
static struct foreign *first;
static uint32 n_foreign, sweep_at = SWEEP_AT_LEAST;
static struct item *kept_first, **kept_last = &kept_first; /* those that are gone */
static uint32 n_kept;

static MsgPort *public_of(struct foreign *foreign)
{
    return (MsgPort *)(void *)foreign->item.node;
}

/* ---- the kind ---- */

static bool is_over(const struct item *item)
{
    return via_proxy_death(((const struct foreign *)item)->proxy) != VIA_ALIVE;
}

static bool ended(struct item *item)
{
    struct foreign *foreign = (struct foreign *)item;
    *(foreign->prev != NULL ? &foreign->prev->next : &first) = foreign->next;
    if (foreign->next != NULL)
        foreign->next->prev = foreign->prev;
    n_foreign--;
    return true;
}

static void released(struct item *item)
{
    (void)via_proxy_unref(((struct foreign *)item)->proxy);
}

const struct item_kind foreign_kind = {
    .type = MSGPORTNODE,
    .private_size = sizeof(struct foreign),
    .public_size = sizeof(MsgPort),
    .ended = ended,
    .released = released,
    .is_over = is_over,
};

/* ---- those that are gone ---- */

/* It has left the table; the oldest of too many is to be released. */
static void keep(struct item *item, struct item **gonep)
{
    item->next_gone = NULL;
    *kept_last = item;
    kept_last = &item->next_gone;
    if (++n_kept <= KEPT_MAX)
        return;
    struct item *oldest = kept_first;
    kept_first = oldest->next_gone;
    n_kept--;
    oldest->next_gone = *gonep;
    *gonep = oldest;
}

static void put_away(struct foreign *foreign, struct item **gonep)
{
    struct item *item = NULL;
    items_leave(&foreign->item, &item);
    keep(item, gonep);
}

static void sweep(struct item **gonep)
{
    struct foreign *next = first;
    while (next != NULL) {
        struct foreign *foreign = next;
        next = foreign->next;
        if (is_over(&foreign->item))
            put_away(foreign, gonep);
    }
    sweep_at = n_foreign < SWEEP_AT_LEAST / 2 ? SWEEP_AT_LEAST : n_foreign * 2;
}

/* ---- making one ---- */

/* Which Item stands for an object: its own word. */
struct mark {
    Item number;
};

static void link_it(struct foreign *foreign)
{
    foreign->next = first;
    if (first != NULL)
        first->prev = foreign;
    first = foreign;
    n_foreign++;
}

/* The one that has that number already; NULL: there is none, but for those that died. */
static struct item *find_or_replace(Item number, struct item **gonep)
{
    struct item *item = wide_is(number) ? wide_get(number) : NULL;
    if (item == NULL || items_find(number) != NULL)
        return item;
    put_away((struct foreign *)item, gonep);
    return NULL;
}

/* @foreign, or the one that was entered meanwhile; 0: there is no memory. */
static Item enter(struct foreign *foreign, struct item **gonep)
{
    Item number = foreign->item.node->n_Item;
    if (n_foreign >= sweep_at)
        sweep(gonep);
    if (find_or_replace(number, gonep) != NULL) {
        foreign->item.next_gone = *gonep;
        *gonep = &foreign->item;
        return number;
    }
    if (items_enter(&foreign->item, NULL) < 0) {
        foreign->item.next_gone = *gonep;
        *gonep = &foreign->item;
        return 0;
    }
    link_it(foreign);
    return foreign->item.node->n_Item;
}

/* @number 0: any. 0: there is no memory. */
static Item create(struct via_proxy *proxy, Item number)
{
    struct item *gone = NULL;
    struct foreign *foreign = (struct foreign *)item_create(&foreign_kind, sizeof(MsgPort));
    if (foreign == NULL)
        return 0;
    foreign->proxy = via_proxy_ref(proxy);
    foreign->item.node->n_Item = number;
    foreign->item.node->n_Name = name_for_reading("");
    InitList(&public_of(foreign)->mp_Msgs, NULL);
    items_lock();
    number = enter(foreign, &gone);
    items_unlock();
    items_release(gone);
    return number;
}

/* @number is @proxy's, unless another thread was first: then that one's. */
static Item mark(struct via_proxy *proxy, Item number)
{
    struct mark *mine = malloc(sizeof *mine);
    if (mine == NULL)
        return number; /* it is asked for again */
    mine->number = number;
    if (via_proxy_set_data(proxy, mine, free) == VIA_OK)
        return number;
    free(mine);
    return ((const struct mark *)via_proxy_data(proxy))->number;
}

/* ---- by their objects ---- */

static bool is_there(Item number)
{
    items_lock();
    bool is = items_find(number) != NULL;
    items_unlock();
    return is;
}

Item foreign_item_of(struct via_proxy *proxy)
{
    uint32_t said = 0;
    if (via_proxy_local(proxy) != NULL)
        return entrance_port_of(proxy);
    const struct mark *known = via_proxy_data(proxy);
    if (known != NULL && is_there(known->number))
        return known->number;
    enum via_status status = via_proxy_number(proxy, &said);
    if (status != VIA_OK && status != VIA_NOT_FOUND)
        return 0;
    Item number = create(proxy, (Item)said);
    return number != 0 ? mark(proxy, number) : 0;
}

/* ---- by their numbers ---- */

void foreign_learn(Item number)
{
    struct via_proxy *proxy = NULL;
    if (!wide_is(number) || is_there(number) || via_node_default() == NULL ||
        via_node_find_number(via_node_default(), (uint32_t)number, &proxy) != VIA_OK)
        return;
    (void)foreign_item_of(proxy);
    (void)via_proxy_unref(proxy);
}

struct via_proxy *foreign_object(Item number)
{
    foreign_learn(number);
    items_lock();
    const struct foreign *foreign = (struct foreign *)items_find_kind(number, &foreign_kind);
    struct via_proxy *proxy = foreign != NULL ? via_proxy_ref(foreign->proxy) : NULL;
    items_unlock();
    return proxy;
}

void foreign_forget(void)
{
    first = NULL; /* the parent's stay as they are */
    kept_first = NULL;
    kept_last = &kept_first;
    n_foreign = n_kept = 0;
    sweep_at = SWEEP_AT_LEAST;
}

/* ---- by their names ---- */

void foreign_name(Item number, const char *name)
{
    struct item *item = items_find_kind(number, &foreign_kind);
    if (item != NULL && item->name == NULL)
        (void)item_set_name(item, name); /* else it has none, still */
}

static void learn_name(Item number, const char *name, bool is_broker)
{
    items_lock();
    struct foreign *foreign = (struct foreign *)items_find_kind(number, &foreign_kind);
    if (foreign != NULL) {
        foreign->is_broker |= is_broker;
        foreign->is_judged = true;
    }
    foreign_name(number, name);
    items_unlock();
}

Item foreign_find_named(const char *name)
{
    struct via_proxy *proxy = NULL;
    bool is_broker;
    const char *asked = broker_name_asked_for(name, &is_broker);
    struct via_node *node = via_node_default();
    if (node == NULL)
        return NOMEM;
    enum via_status status = via_node_find(node, ENTRANCE_FAMILY, asked, 0, &proxy);
    if (status == VIA_DENIED)
        return BADPRIV;
    if (status != VIA_OK)
        return status == VIA_NO_MEMORY ? NOMEM : NOT_FOUND;
    Item number = foreign_item_of(proxy);
    if (number != 0)
        learn_name(number, is_broker ? BROKER_NAME : name, is_broker);
    (void)via_proxy_unref(proxy);
    return number != 0 ? number : NOT_FOUND;
}

/* Who has its number from elsewhere, as a child of fork() does, has not found it by name. */
bool foreign_is_broker(Item number)
{
    items_lock();
    struct foreign *foreign = (struct foreign *)items_find_kind(number, &foreign_kind);
    bool is_broker = foreign != NULL && foreign->is_broker;
    bool is_judged = foreign == NULL || foreign->is_judged;
    items_unlock();
    if (is_judged)
        return is_broker;
    is_broker = foreign_find_named(BROKER_NAME) == number;
    items_lock();
    foreign = (struct foreign *)items_find_kind(number, &foreign_kind);
    if (foreign != NULL)
        foreign->is_judged = true;
    items_unlock();
    return is_broker;
}
