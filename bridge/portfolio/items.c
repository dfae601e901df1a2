/*
 * A number is a place of the table, in its low bits, and how often that place was used before. A
 * place that had an Item is the last to be used again, and as long as the table may grow there are
 * SPARE_PLACES others before it: so a number comes back after millions of others. From 0x40000000
 * on numbers are the gateway's, and have a table of their own.
 *
 * One lock guards it all, what kinds of Items have of their own included. It is held for a few
 * lines, in which the core is called for nothing but to rouse a thread.
 */
#include "bridge/portfolio/items.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/portfolio/name.h"
#include "bridge/portfolio/task.h"
#include "bridge/portfolio/wide.h"
#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"

#define PLACE_BITS 16
#define PLACE_MASK ((1u << PLACE_BITS) - 1u)
#define USES_MASK 0x3fffu /* the rest below 0x40000000 */
#define PLACES_MIN 64u    /* to begin with */
#define SPARE_PLACES 256u /* that are free before one of them is used again */
#define N_TYPES 32u       /* of the kernel's nodes */
#define ALIGNMENT (sizeof(void *) * 2)

struct place {
    struct item *item; /* NULL: none */
    uint32 n_uses;
    uint32 next_free; /* 0: it is the last */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what follows */
static struct place *places;                             /* owned; 0 is no Item's */
static uint32 n_places;                                  /* of which there is memory */
static uint32 n_begun = 1;                               /* that were ever used */
static uint32 first_free, last_free, n_free;             /* a queue */
static struct item *firsts[N_TYPES], *lasts[N_TYPES];    /* of those that have names */
static struct place *left_behind;                        /* the parent's */
static struct item *let_go;                              /* for the next items_release() */

void items_lock(void)
{
    (void)pthread_mutex_lock(&lock);
}

void items_unlock(void)
{
    (void)pthread_mutex_unlock(&lock);
}

void items_wait(pthread_cond_t *condition)
{
    (void)pthread_cond_wait(condition, &lock);
}

/* ---- one Item ---- */

static size_t round_up(size_t size)
{
    return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

struct item *item_create(const struct item_kind *kind, size_t public_size)
{
    size_t private_size = round_up(kind->private_size);
    struct item *item = calloc(1, private_size + public_size);
    if (item == NULL)
        return NULL;
    item->kind = kind;
    item->node = (ItemNode *)(void *)((char *)item + private_size);
    item->node->n_SubsysType = KERNELNODE;
    item->node->n_Type = kind->type;
    item->node->n_Flags = NODE_ITEMVALID;
    item->node->n_Size = (int32)public_size;
    return item;
}

Err item_set_name(struct item *item, const char *name)
{
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        return NOMEM;
    memcpy(copy, name, size);
    free(item->name); /* of two, the last counts */
    item->name = copy;
    item->node->n_Name = copy;
    item->node->n_Flags |= NODE_NAMEVALID;
    return 0;
}

void item_destroy(struct item *item)
{
    if (item->kind->released != NULL)
        item->kind->released(item);
    free(item->name);
    free(item);
}

/* ---- places ---- */

static bool grow(void)
{
    uint32 n = n_places == 0 ? PLACES_MIN : n_places * 2;
    struct place *more = realloc(places, n * sizeof *more);
    if (more == NULL)
        return false;
    memset(more + n_places, 0, (n - n_places) * sizeof *more);
    places = more;
    n_places = n;
    return true;
}

/* 0: there is none. */
static uint32 take_place(void)
{
    bool may_grow = n_begun <= PLACE_MASK;
    if (n_free > SPARE_PLACES || (n_free > 0 && !may_grow)) {
        uint32 place = first_free;
        first_free = places[place].next_free;
        n_free--;
        return place;
    }
    if (!may_grow || (n_begun >= n_places && !grow()))
        return 0;
    return n_begun++;
}

static void free_place(uint32 place)
{
    places[place].item = NULL;
    places[place].next_free = 0;
    if (n_free == 0)
        first_free = place;
    else
        places[last_free].next_free = place;
    last_free = place;
    n_free++;
}

static Item number_of(uint32 place)
{
    /* 0 is left out: a number without it looks like a place */
    uint32 use = places[place].n_uses++ % USES_MASK + 1;
    return (Item)(use << PLACE_BITS | place);
}

static Err place_it(struct item *item)
{
    uint32 place = take_place();
    if (place == 0)
        return NOMEM;
    places[place].item = item;
    item->node->n_Item = number_of(place);
    return 0;
}

/* ---- by names and owners ---- */

static void link_to_kind(struct item *item)
{
    uint8 type = item->kind->type;
    struct item *before = lasts[type];
    while (before != NULL && before->node->n_Priority < item->node->n_Priority)
        before = before->prev;
    item->prev = before;
    item->next = before != NULL ? before->next : firsts[type];
    *(before != NULL ? &before->next : &firsts[type]) = item;
    *(item->next != NULL ? &item->next->prev : &lasts[type]) = item;
}

static void unlink_from_kind(struct item *item)
{
    uint8 type = item->kind->type;
    *(item->prev != NULL ? &item->prev->next : &firsts[type]) = item->next;
    *(item->next != NULL ? &item->next->prev : &lasts[type]) = item->prev;
}

static void link_to_owner(struct item *item, struct task *owner)
{
    item->owner = owner;
    if (owner == NULL)
        return;
    item->node->n_Owner = task_number(owner);
    item->next_owned = owner->owned;
    item->owned_link = &owner->owned;
    if (item->next_owned != NULL)
        item->next_owned->owned_link = &item->next_owned;
    owner->owned = item;
}

static void unlink_from_owner(struct item *item)
{
    if (item->owner == NULL)
        return;
    *item->owned_link = item->next_owned;
    if (item->next_owned != NULL)
        item->next_owned->owned_link = item->owned_link;
    item->owner = NULL;
}

struct item *items_first(const struct item_kind *kind)
{
    return firsts[kind->type];
}

static bool has_name(const struct item *item, const char *name)
{
    return item->node->n_Name != NULL && name_is_same(item->node->n_Name, name);
}

struct item *items_find_named(const struct item_kind *kind, const char *name)
{
    struct item *item = items_first(kind);
    while (item != NULL && !has_name(item, name))
        item = item->next;
    return item;
}

static bool is_unique(const struct item *item)
{
    return (item->node->n_ItemFlags & ITEMNODE_UNIQUE_NAME) != 0;
}

/* Whether another has its name, and one of the two wants it for itself. */
static bool clashes(const struct item *item)
{
    if (item->node->n_Name == NULL)
        return false;
    for (const struct item *other = items_first(item->kind); other != NULL; other = other->next)
        if ((is_unique(item) || is_unique(other)) && has_name(other, item->node->n_Name))
            return true;
    return false;
}

/* ---- the table ---- */

Err items_enter(struct item *item, struct task *owner)
{
    if (item->kind->has_names && clashes(item))
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_UniqueItemExists);
    Err err = wide_is(item->node->n_Item) ? wide_put(item) : place_it(item);
    if (err < 0)
        return err;
    if (item->kind->has_names)
        link_to_kind(item);
    link_to_owner(item, owner);
    return 0;
}

void items_leave(struct item *item, struct item **gonep)
{
    if (wide_is(item->node->n_Item))
        wide_take_out(item);
    else
        free_place((uint32)item->node->n_Item & PLACE_MASK);
    if (item->kind->has_names)
        unlink_from_kind(item);
    unlink_from_owner(item);
    if (item->kind->ended != NULL && !item->kind->ended(item))
        return;
    item->next_gone = *gonep;
    *gonep = item;
}

void items_give(struct item *item, struct task *owner)
{
    unlink_from_owner(item);
    link_to_owner(item, owner);
}

void items_set_priority(struct item *item, uint8 priority)
{
    if (item->kind->has_names)
        unlink_from_kind(item);
    item->node->n_Priority = priority;
    if (item->kind->has_names)
        link_to_kind(item);
}

static struct item *in_place(Item number)
{
    uint32 place = (uint32)number & PLACE_MASK;
    if (number <= 0 || place == 0 || place >= n_begun)
        return NULL;
    struct item *item = places[place].item;
    return item != NULL && item->node->n_Item == number ? item : NULL;
}

struct item *items_find(Item number)
{
    struct item *item = wide_is(number) ? wide_get(number) : in_place(number);
    bool is_over = item != NULL && item->kind->is_over != NULL && item->kind->is_over(item);
    return is_over ? NULL : item;
}

struct item *items_find_kind(Item number, const struct item_kind *kind)
{
    struct item *item = items_find(number);
    return item != NULL && item->kind == kind ? item : NULL;
}

void items_let_go(struct item *item)
{
    items_leave(item, &let_go);
}

static void destroy_all(struct item *gone)
{
    while (gone != NULL) {
        struct item *next = gone->next_gone;
        item_destroy(gone);
        gone = next;
    }
}

void items_release(struct item *gone)
{
    destroy_all(gone);
    items_lock();
    gone = let_go;
    let_go = NULL;
    items_unlock();
    destroy_all(gone);
}

void items_forget(void)
{
    (void)pthread_mutex_init(&lock, NULL);
    if (places != NULL)
        left_behind = places;
    places = NULL;
    n_places = n_free = 0;
    n_begun = 1;
    let_go = NULL;
    wide_forget();
    memset(firsts, 0, sizeof firsts);
    memset(lasts, 0, sizeof lasts);
}
