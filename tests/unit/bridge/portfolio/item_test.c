/*
 * Items, by their numbers and their names, and whose they are. Semaphores stand for all kinds.
 */
#include <cmocka.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bridge/portfolio/items.h"
#include "include/portfolio/kernel.h"
#include "include/portfolio/msgport.h"
#include "include/portfolio/operror.h"
#include "include/portfolio/semaphore.h"
#include "tests/include/bell.h"

#define NOTHING ((void *)0) /* as an argument of any number */
#define SEMAPHORE MKNODEID(KERNELNODE, SEMAPHORENODE)
#define NOT_FOUND MakeKErr(ER_SEVERE, ER_C_STND, ER_NotFound)
#define EXISTS MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_UniqueItemExists)

static void a_new_item_is_what_its_arguments_say(void **state)
{
    (void)state;
    char name[] = "What";
    const Item item =
        CreateItemVA(SEMAPHORE, TAG_ITEM_NAME, name, TAG_ITEM_PRI, (void *)7, TAG_NOP, NOTHING,
                     TAG_ITEM_VERSION, (void *)2, TAG_ITEM_REVISION, (void *)0x103, TAG_END);
    assert_true(item > 0 && item < 0x40000000);
    name[0] = 'T'; /* it has a copy */
    const ItemNode *node = LookupItem(item);
    assert_non_null(node);
    assert_string_equal(node->n_Name, "What");
    assert_int_equal(node->n_Priority, 7);
    assert_int_equal(node->n_Version, 2);
    assert_int_equal(node->n_Revision, 3);
    assert_int_equal(node->n_SubsysType, KERNELNODE);
    assert_int_equal(node->n_Type, SEMAPHORENODE);
    assert_int_equal(node->n_Size, sizeof(Semaphore));
    assert_int_equal(node->n_Item, item);
    assert_int_equal(node->n_Owner, CURRENTTASK->t.n_Item);
    assert_int_equal(node->n_Flags, NODE_ITEMVALID | NODE_NAMEVALID);
    assert_int_equal(DeleteItem(item), 0);
}

static void an_item_may_be_larger(void **state)
{
    (void)state;
    TagArg none[] = {{TAG_END, NULL}};
    const int32 size = (int32)sizeof(Semaphore) + 100;
    const Item item = CreateSizedItem(SEMAPHORE, none, size);
    Semaphore *semaphore = LookupItem(item);
    assert_int_equal(semaphore->s.n_Size, size);
    static const char zeros[100];
    assert_memory_equal(semaphore + 1, zeros, sizeof zeros);
    assert_int_equal(DeleteItem(item), 0);
    assert_int_equal(CreateSizedItem(SEMAPHORE, NULL, (int32)sizeof(Semaphore) - 1), BADSIZE);
    assert_int_equal(CreateSizedItem(SEMAPHORE, NULL, -1), BADSIZE);
    assert_int_equal(CreateSizedItemVA(SEMAPHORE, 0x7fffffff, TAG_END), BADSIZE);
}

static void a_bad_argument_makes_no_item(void **state)
{
    (void)state;
    assert_int_equal(CreateItem(MKNODEID(2, SEMAPHORENODE), NULL),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadType));
    assert_int_equal(CreateItem(MKNODEID(KERNELNODE, 0), NULL), BADSUBTYPE);
    assert_int_equal(CreateItem(MKNODEID(KERNELNODE, 255), NULL), BADSUBTYPE);
    assert_int_equal(CreateItem(MKNODEID(KERNELNODE, TASKNODE), NULL), BADSUBTYPE);
    assert_int_equal(CreateItem(-1, NULL), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadType));
    assert_int_equal(CreateItemVA(SEMAPHORE, TAG_ITEM_NAME, NOTHING, TAG_END), BADNAME);
    assert_int_equal(CreateItemVA(SEMAPHORE, TAG_ITEM_NAME, "a\tb", TAG_END), BADNAME);
    assert_int_equal(CreateItemVA(SEMAPHORE, TAG_ITEM_UNIQUE_NAME, NOTHING, TAG_END), BADNAME);
    assert_int_equal(CreateItemVA(SEMAPHORE, TAG_ITEM_NAME, "a", TAG_ITEM_LAST, NOTHING, TAG_END),
                     BADTAG);
    assert_int_equal(CreateItemVA(SEMAPHORE, 77, NOTHING, TAG_END), BADTAG);
    TagArg round[] = {{TAG_JUMP, NULL}};
    round[0].ta_Arg = round;
    assert_int_equal(CreateItem(SEMAPHORE, round), BADPTR);
    assert_int_equal(FindNamedItem(SEMAPHORE, "a"), NOT_FOUND);
}

static void a_constant_name_is_not_copied(void **state)
{
    (void)state;
    static char name[] = "constant";
    const Item item = CreateItemVA(SEMAPHORE, TAG_ITEM_CONSTANT_NAME, name, TAG_END);
    const ItemNode *node = LookupItem(item);
    assert_ptr_equal(node->n_Name, name);
    assert_int_equal(FindNamedItem(SEMAPHORE, "CONSTANT"), item);
    assert_int_equal(DeleteItem(item), 0);
}

static void items_are_found_by_their_kind_and_name(void **state)
{
    (void)state;
    TagArg by_name[] = {{TAG_ITEM_PRI, (void *)4}, {TAG_ITEM_NAME, NULL}, {TAG_END, NULL}};
    static char name[] = "beta";
    const Item alpha = CreateSemaphore("alpha", 0);
    const Item beta = CreateSemaphore("Beta", 0);
    assert_int_equal(FindNamedItem(SEMAPHORE, "ALPHA"), alpha);
    by_name[1].ta_Arg = name;
    assert_int_equal(FindItem(SEMAPHORE, by_name), beta);
    assert_int_equal(FindItemVA(SEMAPHORE, TAG_ITEM_NAME, "beta", TAG_END), beta);
    assert_int_equal(FindNamedItem(MKNODEID(KERNELNODE, TASKNODE), "alpha"), NOT_FOUND);
    assert_int_equal(FindSemaphore("gamma"), NOT_FOUND);
    assert_int_equal(FindItem(SEMAPHORE, NULL), NOT_FOUND);
    assert_int_equal(FindNamedItem(SEMAPHORE, NULL), BADNAME);
    assert_int_equal(FindItemVA(SEMAPHORE, TAG_ITEM_NAME, "beta", 10, NOTHING, TAG_END), BADTAG);
    assert_int_equal(FindNamedItem(MKNODEID(KERNELNODE, MEMHDRNODE), "alpha"), BADSUBTYPE);
    assert_int_equal(FindNamedItem(MKNODEID(5, SEMAPHORENODE), "alpha"),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadType));
    assert_int_equal(DeleteItem(alpha), 0);
    assert_int_equal(FindNamedItem(SEMAPHORE, "alpha"), NOT_FOUND);
    assert_int_equal(DeleteItem(beta), 0);
}

static void of_one_name_the_highest_priority_is_found_first(void **state)
{
    (void)state;
    const Item low = CreateSemaphore("same", 5);
    const Item high = CreateSemaphore("same", 50);
    const Item later = CreateSemaphore("same", 50);
    assert_int_equal(FindSemaphore("same"), high);
    assert_int_equal(DeleteItem(high), 0);
    assert_int_equal(FindSemaphore("same"), later);
    assert_int_equal(DeleteItem(later), 0);
    assert_int_equal(FindSemaphore("same"), low);
    assert_int_equal(DeleteItem(low), 0);
}

static void a_unique_name_is_so_either_way(void **state)
{
    (void)state;
    const Item first = CreateSemaphore("mine", 0);
    assert_int_equal(CreateUniqueSemaphore("MINE", 0), EXISTS);
    assert_int_equal(DeleteItem(first), 0);
    const Item unique = CreateUniqueSemaphore("mine", 0);
    assert_true(unique > 0);
    assert_int_equal(CreateSemaphore("Mine", 0), EXISTS);
    assert_int_equal(CreateUniqueSemaphore("mine", 0), EXISTS);
    const Item other = CreateSemaphore("yours", 0);
    assert_true(other > 0);
    assert_int_equal(DeleteItem(unique), 0);
    assert_true(CreateSemaphore("mine", 0) > 0);
    assert_int_equal(DeleteItem(FindSemaphore("mine")), 0);
    assert_int_equal(DeleteItem(other), 0);
    assert_int_equal(CreateUniqueSemaphore(NULL, 0), BADNAME);
}

static void a_number_that_is_over_is_nobodys(void **state)
{
    (void)state;
    const Item item = CreateSemaphore(NULL, 0);
    assert_non_null(CheckItem(item, KERNELNODE, SEMAPHORENODE));
    assert_null(CheckItem(item, KERNELNODE, TASKNODE));
    assert_null(CheckItem(item, 2, SEMAPHORENODE));
    assert_int_equal(DeleteItem(item), 0);
    assert_null(LookupItem(item));
    assert_null(CheckItem(item, KERNELNODE, SEMAPHORENODE));
    assert_int_equal(DeleteItem(item), BADITEM);
    assert_int_equal(LockSemaphore(item, SEM_WAIT), BADITEM);
    const Item others[] = {0, -1, 1, BADITEM, 0x3fffffff, 0x40000001, 0x7fffffff};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_null(LookupItem(others[i]));
        assert_int_equal(DeleteItem(others[i]), BADITEM);
    }
}

static void numbers_do_not_come_back_soon(void **state)
{
    (void)state;
    enum { N = 100000 };
    const Item first = CreateSemaphore(NULL, 0);
    assert_int_equal(DeleteItem(first), 0);
    for (int i = 0; i < N; i++) {
        const Item item = CreateSemaphore(NULL, 0);
        assert_true(item > 0 && item != first);
        assert_int_equal(DeleteItem(item), 0);
    }
    assert_null(LookupItem(first));
}

static void many_items_have_a_number_each(void **state)
{
    (void)state;
    enum { N = 5000 };
    static Item items[N];
    for (int i = 0; i < N; i++)
        items[i] = CreateSemaphore(NULL, 0);
    for (int i = 0; i < N; i++)
        assert_int_equal(((const ItemNode *)LookupItem(items[i]))->n_Item, items[i]);
    for (int i = 0; i < N; i++)
        assert_int_equal(DeleteItem(items[i]), 0);
}

static void the_table_has_an_end(void **state)
{
    (void)state;
    enum { N = 70000 };
    static Item items[N];
    Item last = 1;
    int n = 0;
    for (; last > 0 && n<N; n += last> 0)
        items[n] = last = CreateSemaphore(NULL, 0);
    assert_in_range(n, 65000, 65535);
    assert_int_equal(last, NOMEM);
    for (int i = 0; i < n; i++)
        assert_int_equal(DeleteItem(items[i]), 0);
    items[0] = CreateSemaphore(NULL, 0);
    assert_true(items[0] > 0);
    assert_int_equal(DeleteItem(items[0]), 0);
}

/* ---- another task ---- */

struct other {
    struct bell begun, go_on;
    Item semaphore, task; /* its own */
    Item theirs;
    Err deleted, given, prioritized;
    pthread_t thread;
};

static void *be_another(void *user)
{
    struct other *other = user;
    other->semaphore = CreateSemaphore("others", 0);
    other->task = CURRENTTASK->t.n_Item;
    other->deleted = DeleteItem(other->theirs);
    other->given = SetItemOwner(other->theirs, other->task);
    other->prioritized = SetItemPri(other->theirs, 50);
    bell_ring(&other->begun);
    assert_true(bell_wait(&other->go_on, 1));
    return NULL;
}

static void begin_another(struct other *other, Item theirs)
{
    static const struct bell silent = BELL_INIT;
    *other = (struct other){.begun = silent, .go_on = silent, .theirs = theirs};
    assert_int_equal(pthread_create(&other->thread, NULL, be_another, other), 0);
    assert_true(bell_wait(&other->begun, 1));
}

static void end_another(struct other *other)
{
    bell_ring(&other->go_on);
    assert_int_equal(pthread_join(other->thread, NULL), 0);
}

static void an_item_is_its_owners_alone(void **state)
{
    (void)state;
    struct other other;
    const Item mine = CreateSemaphore(NULL, 0);
    begin_another(&other, mine);
    assert_int_equal(other.deleted, BADPRIV);
    assert_int_equal(other.given, BADPRIV);
    assert_int_equal(other.prioritized, BADPRIV);
    assert_int_equal(DeleteItem(other.semaphore), BADPRIV);
    assert_int_equal(DeleteItem(other.task), BADPRIV);
    assert_non_null(LookupItem(other.semaphore));
    end_another(&other);
    assert_int_equal(DeleteItem(mine), 0);
}

static void items_go_with_their_task(void **state)
{
    (void)state;
    struct other other;
    begin_another(&other, 0);
    assert_int_equal(FindSemaphore("others"), other.semaphore);
    assert_non_null(CheckItem(other.task, KERNELNODE, TASKNODE));
    end_another(&other);
    assert_null(LookupItem(other.semaphore));
    assert_null(LookupItem(other.task));
    assert_int_equal(FindSemaphore("others"), NOT_FOUND);
}

static void what_is_given_away_goes_with_its_new_owner(void **state)
{
    (void)state;
    struct other other;
    begin_another(&other, 0);
    const Item mine = CreateSemaphore(NULL, 0);
    assert_int_equal(SetItemOwner(mine, 12345), BADITEM);
    assert_int_equal(SetItemOwner(12345, other.task), BADITEM);
    assert_int_equal(SetItemOwner(CURRENTTASK->t.n_Item, other.task), NOSUPPORT);
    assert_int_equal(LockSemaphore(mine, 0), 1);
    assert_int_equal(SetItemOwner(mine, other.task),
                     MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_CantSetOwner));
    assert_int_equal(UnlockSemaphore(mine), 0);
    assert_int_equal(SetItemOwner(mine, other.task), 0);
    assert_int_equal(((const ItemNode *)LookupItem(mine))->n_Owner, other.task);
    assert_int_equal(DeleteItem(mine), BADPRIV);
    end_another(&other);
    assert_null(LookupItem(mine));
}

static void tasks_have_priorities(void **state)
{
    (void)state;
    const Item self = CURRENTTASK->t.n_Item;
    const Item semaphore = CreateSemaphore(NULL, 0);
    const int32 old = SetItemPri(self, 150);
    assert_in_range(old, 10, 199);
    assert_int_equal(CURRENTTASK->t.n_Priority, 150);
    assert_int_equal(SetItemPri(self, 9), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadPriority));
    assert_int_equal(SetItemPri(self, 200), MakeKErr(ER_SEVERE, ER_C_NSTND, ER_Kr_BadPriority));
    assert_int_equal(SetItemPri(self, (uint8)old), 150);
    assert_int_equal(SetItemPri(semaphore, 100), BADSUBTYPE);
    assert_int_equal(SetItemPri(12345, 100), BADITEM);
    assert_int_equal(DeleteItem(semaphore), 0);
}

static void a_forked_child_has_no_items(void **state)
{
    (void)state;
    const Item mine = CreateSemaphore("parents", 0);
    const Item self = CURRENTTASK->t.n_Item;
    const pid_t child = fork();
    if (child == 0) {
        bool is_alone = LookupItem(mine) == NULL && FindSemaphore("parents") == NOT_FOUND &&
                        LookupItem(self) == NULL;
        const Item own = CreateSemaphore("parents", 0);
        _exit(is_alone && own > 0 && LockSemaphore(own, SEM_WAIT) == 1 && DeleteItem(own) == 0 ? 0
                                                                                               : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(DeleteItem(mine), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_item_is_what_its_arguments_say),
        cmocka_unit_test(an_item_may_be_larger),
        cmocka_unit_test(a_bad_argument_makes_no_item),
        cmocka_unit_test(a_constant_name_is_not_copied),
        cmocka_unit_test(items_are_found_by_their_kind_and_name),
        cmocka_unit_test(of_one_name_the_highest_priority_is_found_first),
        cmocka_unit_test(a_unique_name_is_so_either_way),
        cmocka_unit_test(a_number_that_is_over_is_nobodys),
        cmocka_unit_test(numbers_do_not_come_back_soon),
        cmocka_unit_test(many_items_have_a_number_each),
        cmocka_unit_test(the_table_has_an_end),
        cmocka_unit_test(an_item_is_its_owners_alone),
        cmocka_unit_test(items_go_with_their_task),
        cmocka_unit_test(what_is_given_away_goes_with_its_new_owner),
        cmocka_unit_test(tasks_have_priorities),
        cmocka_unit_test(a_forked_child_has_no_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
