/*
 * Portfolio: Items. An Item is owned by the task that created it, and goes with that task. A number
 * that is not an Item's any more is not another's for a long time: it gives NULL or BADITEM.
 *
 * Any thread may call all of these; it is a task by that (task.h).
 *
 * Source: docs/event-broker.md, "Items"; the system's item.h.
 */
#pragma once

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Arguments for Items of all kinds. Any other that the kind does not have is BADTAG. */
enum item_tags {
    TAG_ITEM_END = TAG_END,
    TAG_ITEM_NAME = 1, /* a string, copied: octets from 0x20 on, at most 255; else BADNAME */
    TAG_ITEM_PRI = 2,
    TAG_ITEM_VERSION = 3,
    TAG_ITEM_REVISION = 4,
    TAG_ITEM_CONSTANT_NAME = 5, /* a name that is not copied */
    TAG_ITEM_UNIQUE_NAME = 6,   /* no other of this kind has the name, nor will have it */
    TAG_ITEM_RESERVED7,
    TAG_ITEM_RESERVED8,
    TAG_ITEM_RESERVED9,
    TAG_ITEM_LAST = TAG_ITEM_RESERVED9
};

/* How LockSemaphore() locks. */
#define SEM_WAIT 1

/**
 * CreateSizedItem() - a new Item
 * @ctype: its kind, MKNODEID(KERNELNODE, ...): a message port, a message or a semaphore
 * @p:     its arguments; NULL for none
 * @size:  of its structure, in octets, where the program wants more than it has; 0 for what it has
 *
 * Return: its number; ER_Kr_BadType (not the kernel's), BADSUBTYPE (no such kind, or not one that
 * is made so); BADTAG, BADTAGVAL, BADNAME, BADPTR (more than 20 jumps in @p);
 * ER_Kr_UniqueItemExists; BADSIZE; NOMEM; and what the kind has of its own.
 */
Item CreateSizedItem(int32 ctype, TagArg *p, int32 size);
#define CreateItem(ctype, p) CreateSizedItem((ctype), (p), 0)
/** CreateItemVA() - likewise, with the arguments one by one: a tag, its value, and so on to TAG_END
 */
Item CreateItemVA(int32 ctype, uint32 tags, ...);
Item CreateSizedItemVA(int32 ctype, int32 size, uint32 tags, ...);

/**
 * DeleteItem() - an Item is no more
 *
 * A thread's task ends soon: see DeleteThread(). Return: 0; BADITEM (there is none); BADPRIV (it is
 * another task's).
 */
Err DeleteItem(Item i);

/**
 * FindItem() - the first Item of a kind and a name, whatever the case of its letters
 * @tp: TAG_ITEM_NAME, and TAG_ITEM_PRI, VERSION or REVISION, which do not matter
 *
 * Return: its number; ER_NotFound (also without a name, or where no gateway answers); BADNAME (the
 * name is NULL); BADSUBTYPE (Items of this kind are not found by name); BADTAG.
 */
Item FindItem(int32 ctype, TagArg *tp);
Item FindItemVA(int32 ctype, uint32 tags, ...);
/** FindNamedItem() - likewise, by the name alone */
Item FindNamedItem(int32 ctype, const char *name);

/** LookupItem() - the structure of an Item, to be read and not written. What it says is current
 * after any call with that Item by this thread; it is there until the Item is deleted.
 * Return: it; NULL: there is no such Item */
void *LookupItem(Item i);
/** CheckItem() - likewise, for an Item of that subsystem and type alone */
void *CheckItem(Item i, uint8 ftype, uint8 ntype);

/** SetItemPri() - a new priority for the calling task or a thread of its own; it is a number and no
 * more. Return: the old one; BADITEM; BADPRIV (another task's); BADSUBTYPE (no task);
 * ER_Kr_BadPriority (not within 10 to 199) */
int32 SetItemPri(Item i, uint8 newpri);
/** SetItemOwner() - a semaphore of the calling task's becomes another task's, so that it outlives
 * the first. Return: 0; BADITEM (no such Item, or no such task); BADPRIV (another task's);
 * NOSUPPORT (ports, messages and tasks); ER_Kr_CantSetOwner (it is locked) */
Err SetItemOwner(Item i, Item newOwner);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
