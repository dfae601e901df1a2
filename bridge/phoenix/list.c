/*
 * A ring of elements of any type: where their links are, the caller says. Pointers go in and out
 * octet by octet, as the library does not know what they point to.
 */
#include <string.h>
#include <sys/list.h>

static void *link_of(const void *element, size_t offset)
{
    void *link;
    memcpy(&link, (const char *)element + offset, sizeof link);
    return link;
}

static void set_link(void *element, size_t offset, void *link)
{
    memcpy((char *)element + offset, &link, sizeof link);
}

void lib_listAdd(void **list, void *t, size_t next_off, size_t prev_off)
{
    if (t == NULL)
        return;
    void *first = link_of(list, 0);
    void *last = first == NULL ? t : link_of(first, prev_off);
    if (first == NULL) {
        first = t;
        set_link(list, 0, t);
    }
    set_link(t, next_off, first);
    set_link(t, prev_off, last);
    set_link(last, next_off, t);
    set_link(first, prev_off, t);
}

void lib_listRemove(void **list, void *t, size_t next_off, size_t prev_off)
{
    if (t == NULL)
        return;
    void *next = link_of(t, next_off);
    void *prev = link_of(t, prev_off);
    set_link(prev, next_off, next);
    set_link(next, prev_off, prev);
    if (link_of(list, 0) == t)
        set_link(list, 0, next == t ? NULL : next);
    set_link(t, next_off, NULL);
    set_link(t, prev_off, NULL);
}
