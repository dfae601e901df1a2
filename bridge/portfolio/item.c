/*
 * An Item is made outside of the lock, and entered when it is whole.
 */
#include "include/portfolio/item.h"

#include "bridge/portfolio/device.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/name.h"
#include "bridge/portfolio/task.h"
#include "include/portfolio/kernelnodes.h"
#include "include/portfolio/operror.h"
#include "include/portfolio/task.h"

#define NOT_FOUND MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound)
#define SIZE_MAX_OF_ITEM (1 << 24) /* octets of a structure, and of a message's buffer */

/* ---- arguments ---- */

static Err take_name(struct item *item, const TagArg *argument)
{
    const char *name = argument->ta_Arg;
    if (name == NULL || !name_is_legal(name))
        return BADNAME;
    if (argument->ta_Tag == TAG_ITEM_NAME)
        return item_set_name(item, name);
    item->node->n_Name = argument->ta_Arg;
    item->node->n_Flags |= NODE_NAMEVALID;
    item->node->n_ItemFlags |= ITEMNODE_CONSTANT_NAME;
    return 0;
}

static Err take_argument(struct item *item, const TagArg *argument)
{
    uint8 number = (uint8)tags_number(argument);
    switch (argument->ta_Tag) {
    case TAG_ITEM_NAME:
    case TAG_ITEM_CONSTANT_NAME:
        return take_name(item, argument);
    case TAG_ITEM_PRI:
        item->node->n_Priority = number;
        return 0;
    case TAG_ITEM_VERSION:
        item->node->n_Version = number;
        return 0;
    case TAG_ITEM_REVISION:
        item->node->n_Revision = number;
        return 0;
    case TAG_ITEM_UNIQUE_NAME:
        item->node->n_ItemFlags |= ITEMNODE_UNIQUE_NAME;
        return 0;
    default:
        return item->kind->take_tag != NULL ? item->kind->take_tag(item, argument) : BADTAG;
    }
}

static Err take_arguments(struct item *item, struct tags *tags)
{
    TagArg argument;
    int32 result;
    while ((result = tags_next(tags, &argument)) > 0) {
        Err err = take_argument(item, &argument);
        if (err < 0)
            return err;
    }
    bool is_unique = (item->node->n_ItemFlags & ITEMNODE_UNIQUE_NAME) != 0;
    if (result == 0 && is_unique && item->node->n_Name == NULL)
        return BADNAME;
    return result == 0 && is_unique && !item->kind->has_names ? NOSUPPORT : result;
}

/* ---- creating ---- */

static Err enter(struct item *item, struct task *owner)
{
    items_lock();
    Err err = item->kind->begun != NULL ? item->kind->begun(item, owner) : 0;
    if (err == 0) {
        err = items_enter(item, owner);
        if (err < 0 && item->kind->ended != NULL)
            (void)item->kind->ended(item);
    }
    items_unlock();
    return err;
}

/* 0: it is in the table; else it is destroyed. */
static Err begin(struct item *item, struct task *owner)
{
    struct item *gone = NULL;
    Err err = item->kind->prepare != NULL ? item->kind->prepare(item, owner) : 0;
    if (err == 0)
        err = enter(item, owner);
    if (err < 0) {
        item_destroy(item);
        return err;
    }
    err = item->kind->entered != NULL ? item->kind->entered(item) : 0;
    if (err < 0) {
        items_lock();
        items_leave(item, &gone);
        items_unlock();
        items_release(gone);
    }
    return err;
}

static Item create(int32 ctype, struct tags *tags, int32 size)
{
    const struct item_kind *kind;
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    Err err = kinds_find(ctype, &kind);
    if (err < 0)
        return err;
    if (!kind->is_created)
        return BADSUBTYPE;
    size_t public_size = size == 0 ? kind->public_size : (size_t)size;
    if (size < 0 || public_size < kind->public_size || public_size > SIZE_MAX_OF_ITEM)
        return BADSIZE;
    struct item *item = item_create(kind, public_size);
    if (item == NULL)
        return NOMEM;
    err = take_arguments(item, tags);
    if (err < 0) {
        item_destroy(item);
        return err;
    }
    err = begin(item, task);
    return err < 0 ? err : item->node->n_Item;
}

Item CreateSizedItem(int32 ctype, TagArg *p, int32 size)
{
    struct tags tags;
    tags_init(&tags, p);
    return create(ctype, &tags, size);
}

Item CreateSizedItemVA(int32 ctype, int32 size, uint32 tags, ...)
{
    struct tags arguments;
    va_list rest;
    va_start(rest, tags);
    tags_init_rest(&arguments, tags, &rest);
    Item number = create(ctype, &arguments, size);
    va_end(rest);
    return number;
}

Item CreateItemVA(int32 ctype, uint32 tags, ...)
{
    struct tags arguments;
    va_list rest;
    va_start(rest, tags);
    tags_init_rest(&arguments, tags, &rest);
    Item number = create(ctype, &arguments, 0);
    va_end(rest);
    return number;
}

/* ---- finding ---- */

static Err read_name(struct tags *tags, const char **namep)
{
    TagArg argument;
    int32 result;
    *namep = NULL;
    while ((result = tags_next(tags, &argument)) > 0) {
        if (argument.ta_Tag > TAG_ITEM_UNIQUE_NAME)
            return BADTAG;
        if (argument.ta_Tag != TAG_ITEM_NAME && argument.ta_Tag != TAG_ITEM_CONSTANT_NAME)
            continue;
        *namep = argument.ta_Arg;
        if (*namep == NULL || !name_is_legal(*namep))
            return BADNAME;
    }
    return result;
}

static Item find_named(const struct item_kind *kind, const char *name)
{
    items_lock();
    const struct item *item = items_find_named(kind, name);
    Item number = item != NULL ? item->node->n_Item : NOT_FOUND;
    items_unlock();
    return number == NOT_FOUND && kind->find_elsewhere != NULL ? kind->find_elsewhere(name)
                                                               : number;
}

static Item find(int32 ctype, struct tags *tags)
{
    const struct item_kind *kind = NULL;
    const char *name;
    Err err = kinds_find(ctype, &kind);
    if (err < 0 && err != BADSUBTYPE)
        return err;
    Err read = read_name(tags, &name);
    if (read < 0)
        return read;
    if (name == NULL)
        return NOT_FOUND;
    return kind != NULL && kind->has_names ? find_named(kind, name) : BADSUBTYPE;
}

Item FindItem(int32 ctype, TagArg *tp)
{
    struct tags tags;
    tags_init(&tags, tp);
    return find(ctype, &tags);
}

Item FindItemVA(int32 ctype, uint32 tags, ...)
{
    struct tags arguments;
    va_list rest;
    va_start(rest, tags);
    tags_init_rest(&arguments, tags, &rest);
    Item number = find(ctype, &arguments);
    va_end(rest);
    return number;
}

Item FindNamedItem(int32 ctype, const char *name)
{
    const TagArg list[] = {{.ta_Tag = TAG_ITEM_NAME, .ta_Arg = name_for_reading(name)},
                           {.ta_Tag = TAG_END}};
    struct tags tags;
    tags_init(&tags, list);
    return find(ctype, &tags);
}

/* ---- looking at one ---- */

static void *show(struct item *item)
{
    if (item == NULL)
        return NULL;
    if (item->kind->shown != NULL)
        item->kind->shown(item);
    return item->node;
}

void *LookupItem(Item i)
{
    task_take_in();
    foreign_learn(i);
    device_learn(i);
    items_lock();
    void *node = show(items_find(i));
    items_unlock();
    return node;
}

void *CheckItem(Item i, uint8 ftype, uint8 ntype)
{
    task_take_in();
    if (ftype == KERNELNODE && ntype == MSGPORTNODE)
        foreign_learn(i);
    if (ftype == KERNELNODE && ntype == DEVICENODE)
        device_learn(i);
    items_lock();
    struct item *item = items_find(i);
    bool is_it = item != NULL && ftype == KERNELNODE && item->kind->type == ntype;
    void *node = is_it ? show(item) : NULL;
    items_unlock();
    return node;
}

/* ---- what owners may ---- */

static bool may(const struct task *task, const struct item *item)
{
    return item->owner == task || item == &task->item;
}

static Err remove_item(struct task *task, struct item *item, struct item **gonep)
{
    if (item == NULL)
        return BADITEM;
    if (!may(task, item) || (item->kind == &task_kind && item->owner == NULL))
        return BADPRIV;
    items_leave(item, gonep);
    return 0;
}

Err DeleteItem(Item i)
{
    struct item *gone = NULL;
    struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    Err err = remove_item(task, items_find(i), &gone);
    items_unlock();
    items_release(gone);
    inbox_take_in(&task->inbox); /* what was for it is answered that it is gone */
    (void)task_current();        /* it may have been the thread's own */
    return err;
}

static int32 set_priority(const struct task *task, struct item *item, uint8 priority)
{
    if (item == NULL)
        return BADITEM;
    if (!may(task, item))
        return BADPRIV;
    if (item->kind != &task_kind)
        return BADSUBTYPE;
    if (priority < TASK_MIN_PRIORITY || priority > TASK_MAX_PRIORITY)
        return MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadPriority);
    uint8 old = item->node->n_Priority;
    items_set_priority(item, priority);
    return old;
}

int32 SetItemPri(Item i, uint8 newpri)
{
    const struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    int32 result = set_priority(task, items_find(i), newpri);
    items_unlock();
    return result;
}

static Err give(const struct task *task, struct item *item, struct item *owner)
{
    if (item == NULL || owner == NULL)
        return BADITEM;
    if (!may(task, item))
        return BADPRIV;
    if (item->kind->may_be_given == NULL)
        return NOSUPPORT;
    Err err = item->kind->may_be_given(item);
    if (err == 0)
        items_give(item, (struct task *)owner);
    return err;
}

Err SetItemOwner(Item i, Item newOwner)
{
    const struct task *task = task_current();
    if (task == NULL)
        return NOMEM;
    items_lock();
    Err err = give(task, items_find(i), items_find_kind(newOwner, &task_kind));
    items_unlock();
    return err;
}
