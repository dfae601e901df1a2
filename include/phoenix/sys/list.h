/*
 * Phoenix-RTOS: doubly linked rings. The list is a pointer to the first element, NULL when there is
 * none; the elements have pointers next and prev of their own type.
 *
 * Source: docs/phoenix.md, "Containers"; the system's sys/list.h.
 */
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/** lib_listAdd() - puts @t behind the last one, that is before the first; NULL is fine.
 * @next_off, @prev_off: where its links are */
void lib_listAdd(void **list, void *t, size_t next_off, size_t prev_off);
/** lib_listRemove() - takes @t out, whose links are NULL then; NULL is fine */
void lib_listRemove(void **list, void *t, size_t next_off, size_t prev_off);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

/** LIST_ADD_EX() - puts @t at the end of *@list; @next and @prev are its members for that */
#define LIST_ADD_EX(list, t, next, prev)                                                           \
    lib_listAdd((void **)(list), (void *)(t), offsetof(__typeof__(*(t)), next),                    \
                offsetof(__typeof__(*(t)), prev))
/** LIST_ADD() - puts @t at the end of *@list */
#define LIST_ADD(list, t) LIST_ADD_EX(list, t, next, prev)

/** LIST_REMOVE_EX() - takes @t out of *@list; @next and @prev are its members for that */
#define LIST_REMOVE_EX(list, t, next, prev)                                                        \
    lib_listRemove((void **)(list), (void *)(t), offsetof(__typeof__(*(t)), next),                 \
                   offsetof(__typeof__(*(t)), prev))
/** LIST_REMOVE() - takes @t out of *@list */
#define LIST_REMOVE(list, t) LIST_REMOVE_EX(list, t, next, prev)
