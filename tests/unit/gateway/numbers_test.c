/*
 * Gateway-wide numbers: who is given which, who may have one again, and who finds what by them.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/fake_world.h"

#define MAX 1000u /* of one session, in this world */
#define MAX_BLOCK 64u

static struct gateway gateway;
static struct numbers *const numbers = &gateway.numbers;
static struct fake_session *owner, *other;
static struct gateway_object *object;

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    other = fake_session_create(&gateway);
    object = fake_object(owner, 1);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    objects_died(object, VIA_EXITED);
    objects_unref(object);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_session_end(other, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static struct number_proof give(struct fake_session *to, uint32_t wanted)
{
    struct number_proof block = {.n = 0};
    assert_int_equal(numbers_give(numbers, &to->session, wanted, &block), VIA_OK);
    assert_true(block.n > 0 && block.first >= NUMBERS_FIRST);
    assert_true(block.n - 1 <= NUMBERS_LAST - block.first);
    return block;
}

static enum via_status claim(struct fake_session *by, uint32_t number, struct gateway_object *what,
                             const struct number_proof *proof)
{
    return numbers_claim(numbers, &by->session, number, what, 0, proof);
}

static enum via_status find(struct fake_session *by, uint32_t number)
{
    struct gateway_object *found = NULL;
    enum via_status status = numbers_find(&by->session, number, &found);
    assert_true((status == VIA_OK) == (found != NULL));
    return status;
}

static void hold(struct gateway_object *what, struct fake_session *by)
{
    assert_int_equal(objects_reserve_hold(what), VIA_OK);
    objects_hold(what, &by->session);
}

/* Goes on to just before @number, as if all up to there had been given. */
static void walk_to(uint32_t number)
{
    uint32_t way = number >= numbers->start ? number - numbers->start
                                            : NUMBERS_RANGE - (numbers->start - number);
    numbers->n_walked = (numbers->n_walked / NUMBERS_RANGE + 1) * NUMBERS_RANGE + way;
}

/* ---- giving ---- */

static void blocks_are_nobody_elses(void **state)
{
    (void)state;
    struct number_proof a = give(owner, 10), b = give(other, 10), c = give(owner, 1);
    assert_int_equal(a.n, 10);
    assert_int_equal(c.n, 1);
    assert_true(a.first + a.n <= b.first || b.first + b.n <= a.first);
    assert_int_equal(owner->session.n_numbers, 11);
    assert_int_equal(give(other, 0).n, MAX_BLOCK);
    assert_int_equal(give(other, UINT32_MAX).n, MAX_BLOCK);
}

static void a_session_has_no_more_than_allowed(void **state)
{
    (void)state;
    struct number_proof block;
    uint32_t n = 0;
    while (n < MAX)
        n += give(owner, 60).n;
    assert_int_equal(n, MAX);
    assert_int_equal(numbers_give(numbers, &owner->session, 1, &block), VIA_BUSY);
    assert_int_equal(give(other, 1).n, 1);
}

static void what_a_session_leaves_is_free_but_comes_last(void **state)
{
    (void)state;
    struct fake_session *guest = fake_session_create(&gateway);
    struct number_proof first = give(guest, 64);
    assert_int_equal(numbers->n, 64);
    fake_session_end(guest, VIA_EXITED, NULL, 0);
    assert_int_equal(numbers->n, 0);
    struct number_proof next = give(owner, 64);
    assert_int_not_equal(next.first, first.first);
}

static void the_walk_goes_around_and_past_what_is_taken(void **state)
{
    (void)state;
    walk_to(NUMBERS_LAST - 2);
    struct number_proof end = give(owner, 10);
    assert_int_equal(end.first, NUMBERS_LAST - 2);
    assert_int_equal(end.n, 3); /* a block does not go over the end */
    assert_int_equal(claim(owner, NUMBERS_LAST, object, NULL), VIA_OK);
    struct number_proof start = give(owner, 4);
    assert_int_equal(start.first, NUMBERS_FIRST);
    walk_to(NUMBERS_LAST - 2);
    struct number_proof again = give(other, 2); /* all of it is taken, up to the fifth */
    assert_int_equal(again.first, NUMBERS_FIRST + 4);
    /* And what is free between is given whole, no further. */
    struct fake_session *guest = fake_session_create(&gateway);
    struct number_proof gap = give(guest, 3), behind = give(other, 1);
    assert_int_equal(behind.first, gap.first + 3);
    fake_session_end(guest, VIA_EXITED, NULL, 0);
    walk_to(gap.first);
    struct number_proof filled = give(other, 10);
    assert_int_equal(filled.first, gap.first);
    assert_int_equal(filled.n, 3);
}

static void many_numbers_come_and_go(void **state)
{
    (void)state;
    static struct gateway_object *objects[500];
    for (unsigned round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < 500;) {
            struct number_proof block = give(owner, 50);
            for (uint32_t j = 0; j < block.n; j++, i++) {
                objects[i] = fake_object(owner, i + 2);
                assert_int_equal(claim(owner, block.first + j, objects[i], NULL), VIA_OK);
            }
        }
        assert_int_equal(numbers->n, 500);
        assert_null(owner->session.number_blocks);
        for (uint32_t i = 0; i < 500; i++) {
            uint32_t at = i * 7 % 500, number = objects[at]->number; /* in another order */
            assert_int_equal(find(other, number), VIA_OK);
            objects_died(objects[at], VIA_WITHDRAWN);
            assert_int_equal(find(other, number), VIA_NOT_FOUND);
            objects_unref(objects[at]);
            owner->n_notes = 0;
        }
        assert_int_equal(numbers->n, 0);
        assert_int_equal(owner->session.n_numbers, 0);
    }
    assert_true(numbers->n_places <= 2048);
}

/* ---- claiming ---- */

static void only_what_was_given_can_be_claimed(void **state)
{
    (void)state;
    struct number_proof mine = give(owner, 4), theirs = give(other, 4);
    struct gateway_object *second = fake_object(owner, 2);
    assert_int_equal(claim(owner, 0, object, NULL), VIA_INVALID);
    assert_int_equal(claim(owner, NUMBERS_FIRST - 1, object, NULL), VIA_INVALID);
    assert_int_equal(claim(owner, NUMBERS_LAST + 1, object, NULL), VIA_INVALID);
    assert_int_equal(claim(owner, UINT32_MAX, object, NULL), VIA_INVALID);
    assert_int_equal(numbers_claim(numbers, &owner->session, mine.first, object, 01000, NULL),
                     VIA_INVALID);
    assert_int_equal(claim(owner, theirs.first, object, NULL), VIA_DENIED);
    assert_int_equal(claim(owner, theirs.first, object, &mine), VIA_DENIED);
    assert_int_equal(claim(owner, mine.first, object, NULL), VIA_OK);
    assert_int_equal(claim(owner, mine.first, object, NULL), VIA_OK); /* it is its own */
    assert_int_equal(claim(owner, mine.first + 1, object, NULL), VIA_EXISTS);
    assert_int_equal(claim(owner, mine.first, second, NULL), VIA_EXISTS);
    objects_died(second, VIA_WITHDRAWN);
    assert_int_equal(claim(owner, mine.first + 1, second, NULL), VIA_DEAD);
    objects_unref(second);
    assert_int_equal(find(other, mine.first), VIA_OK);
    assert_int_equal(find(other, mine.first + 1), VIA_NOT_FOUND); /* set aside, no more */
    assert_int_equal(find(other, 0), VIA_NOT_FOUND);
    assert_int_equal(owner->session.n_numbers, 4);
}

static void a_number_is_not_used_again_while_somebody_holds_its_object(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 1);
    struct gateway_object *mortal = fake_object(owner, 2);
    assert_int_equal(claim(owner, block.first, mortal, NULL), VIA_OK);
    hold(mortal, other);
    objects_died(mortal, VIA_WITHDRAWN);
    objects_unref(mortal);
    assert_int_equal(find(owner, block.first), VIA_NOT_FOUND);
    walk_to(block.first);
    assert_int_not_equal(give(other, 1).first, block.first);
    objects_let_go(mortal, &other->session);
    walk_to(block.first);
    assert_int_equal(give(other, 1).first, block.first);
}

static void a_number_dies_with_the_last_who_held_its_object(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 1);
    assert_int_equal(claim(owner, block.first, object, NULL), VIA_OK);
    assert_int_equal(object->counts, 2); /* the number's own: it is found though nobody holds it */
    assert_int_equal(find(other, block.first), VIA_OK);
    objects_died(object, VIA_CRASHED);
    assert_int_equal(object->counts, 1);
}

static void its_owner_has_it_again_in_another_session(void **state)
{
    (void)state;
    struct fake_session *before = fake_session_create(&gateway);
    struct number_proof block = give(before, 3), forged = block, wider = block;
    struct gateway_object *first = fake_object(before, 1);
    uint32_t number = block.first + 1;
    assert_int_equal(give(before, 1).first, block.first + 3);
    assert_int_equal(claim(before, number, first, NULL), VIA_OK);
    hold(first, other);
    objects_unref(first);
    assert_int_equal(claim(owner, number, object, &block), VIA_EXISTS); /* it lives */
    fake_session_end(before, VIA_LINK_LOST, &first, 1);

    forged.seal ^= 1;
    wider.n++;
    assert_int_equal(claim(owner, number, object, NULL), VIA_DENIED);
    assert_int_equal(claim(owner, number, object, &forged), VIA_DENIED);
    assert_int_equal(claim(owner, number, object, &wider), VIA_DENIED);
    assert_int_equal(claim(owner, block.first + 3, object, &block), VIA_DENIED);
    assert_int_equal(claim(owner, number, object, &block), VIA_OK);
    assert_int_equal(find(other, number), VIA_OK);
    objects_let_go(first, &other->session); /* the one that died has none any more */
    assert_int_equal(find(other, number), VIA_OK);
    assert_int_equal(owner->session.n_numbers, 1);
}

static void what_an_earlier_gateway_gave_can_be_claimed_here(void **state)
{
    (void)state;
    struct number_proof foreign = {.n = 1, .seal = 7};
    numbers->start = NUMBERS_FIRST + 1000;
    uint32_t given = give(other, 1).first;
    foreign.first = given - 1;
    struct gateway_object *second = fake_object(owner, 2);
    assert_int_equal(claim(owner, given - 1, object, &foreign), VIA_OK);
    assert_int_equal(claim(owner, given + 1, second, NULL), VIA_OK);
    assert_int_not_equal(give(other, 1).first, given + 1);
    objects_died(second, VIA_EXITED);
    objects_unref(second);
    struct gateway_object *third = fake_object(owner, 3);
    /* The walk has come by since. */
    assert_int_equal(claim(owner, given + 1, third, NULL), VIA_DENIED);
    objects_died(third, VIA_EXITED);
    objects_unref(third);
}

static void claims_count_towards_the_limit(void **state)
{
    (void)state;
    numbers->start = NUMBERS_FIRST;
    numbers->max = 1;
    struct gateway_object *second = fake_object(owner, 2);
    assert_int_equal(claim(owner, NUMBERS_LAST - 1, object, NULL), VIA_OK);
    assert_int_equal(claim(owner, NUMBERS_LAST, second, NULL), VIA_BUSY);
    objects_died(second, VIA_EXITED);
    objects_unref(second);
}

/* ---- finding ---- */

static void a_mode_says_who_on_this_host_finds_it(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 2);
    struct gateway_object *shut = fake_object(owner, 2);
    other->session.principal.uid = other->session.principal.gid = 2000;
    assert_int_equal(numbers_claim(numbers, &owner->session, block.first, object, 0, NULL), VIA_OK);
    assert_int_equal(numbers_claim(numbers, &owner->session, block.first + 1, shut, 0600, NULL),
                     VIA_OK);
    assert_int_equal(find(other, block.first), VIA_OK);
    assert_int_equal(find(other, block.first + 1), VIA_DENIED);
    assert_int_equal(find(owner, block.first + 1), VIA_OK);
    hold(shut, other); /* somebody gave it a reference: that is a right */
    assert_int_equal(find(other, block.first + 1), VIA_OK);
    objects_let_go(shut, &other->session);
    other->session.principal.uid = 0;
    assert_int_equal(find(other, block.first + 1), VIA_OK);
    objects_died(shut, VIA_EXITED);
    objects_unref(shut);
}

static struct directory_spec spec_of(const char *name, uint32_t flags, uint32_t mode)
{
    return (struct directory_spec){.family = "phoenix",
                                   .name = name,
                                   .class_name = "",
                                   .protocol = "",
                                   .info = "",
                                   .flags = flags,
                                   .mode = mode};
}

static void on_another_host_a_number_is_no_right(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 1);
    struct directory_spec local = spec_of("local", DIRECTORY_LOCAL, 0),
                          open = spec_of("open", 0, 0);
    principal_set_remote(&other->session.principal, "far", "192.0.2.1:1");
    assert_int_equal(claim(owner, block.first, object, NULL), VIA_OK);
    assert_int_equal(find(other, block.first), VIA_NOT_FOUND);
    assert_int_equal(
        directory_publish(&gateway.directory, &local, object, &owner->session.principal), VIA_OK);
    assert_int_equal(find(other, block.first), VIA_NOT_FOUND);
    hold(object, other);
    assert_int_equal(find(other, block.first), VIA_OK);
    objects_let_go(object, &other->session);
    assert_int_equal(find(other, block.first), VIA_NOT_FOUND);
    assert_int_equal(
        directory_publish(&gateway.directory, &open, object, &owner->session.principal), VIA_OK);
    assert_int_equal(find(other, block.first), VIA_OK);
}

/* ---- names ---- */

static struct directory_entry *named(const char *name)
{
    struct directory_entry *entry = NULL;
    assert_int_equal(
        directory_find(&gateway.directory, "phoenix", name, &owner->session.principal, &entry),
        VIA_OK);
    return entry;
}

static enum via_status publish(struct fake_session *by, const char *name, uint32_t number)
{
    struct directory_spec spec = spec_of(name, 0, 0);
    return directory_publish_number(&gateway.directory, &spec, number, &by->session);
}

static void a_name_stands_for_a_number_that_nobody_has(void **state)
{
    (void)state;
    struct directory_spec opens = spec_of("/o", DIRECTORY_OPENS, 0);
    assert_int_equal(publish(owner, "/dev/a", 5), VIA_OK);
    assert_null(directory_target(&gateway, named("/dev/a")));
    assert_int_equal(directory_number(named("/dev/a")), 5);
    assert_int_equal(publish(owner, "/dev/a", 6), VIA_OK); /* it says something else now */
    assert_int_equal(directory_number(named("/dev/a")), 6);
    assert_int_equal(publish(other, "/dev/a", 6), VIA_EXISTS);
    assert_int_equal(publish(owner, "/dev/none", 0), VIA_OK);
    assert_int_equal(directory_publish_number(&gateway.directory, &opens, 5, &owner->session),
                     VIA_INVALID);
    assert_int_equal(
        directory_withdraw_number(&gateway.directory, "phoenix", "/dev/a", &other->session),
        VIA_NOT_FOUND);
    assert_int_equal(
        directory_withdraw_number(&gateway.directory, "phoenix", "/dev/a", &owner->session),
        VIA_OK);
    assert_int_equal(numbers->n, 0);
    assert_int_equal(gateway.directory.n, 1); /* goes with the session */
}

static void what_is_to_be_new_changes_nothing(void **state)
{
    (void)state;
    struct directory_spec spec = spec_of("/dev/a", DIRECTORY_NEW, 0);
    struct directory *directory = &gateway.directory;
    assert_int_equal(directory_publish_number(directory, &spec, 5, &owner->session), VIA_OK);
    assert_int_equal(named("/dev/a")->spec.flags, 0);
    assert_int_equal(directory_publish_number(directory, &spec, 6, &owner->session), VIA_EXISTS);
    assert_int_equal(directory_number(named("/dev/a")), 5);
    assert_int_equal(publish(owner, "/dev/a", 6), VIA_OK);
    assert_int_equal(directory_number(named("/dev/a")), 6);
    assert_int_equal(directory_withdraw_number(directory, "phoenix", "/dev/a", &owner->session),
                     VIA_OK);
    assert_int_equal(directory_publish_number(directory, &spec, 7, &owner->session), VIA_OK);
    assert_int_equal(directory_withdraw_number(directory, "phoenix", "/dev/a", &owner->session),
                     VIA_OK);
}

static void a_name_for_a_number_outlives_its_object_not_its_session(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 1);
    assert_int_equal(publish(other, "/dev/a", block.first), VIA_OK);
    assert_null(directory_target(&gateway, named("/dev/a")));
    assert_int_equal(claim(owner, block.first, object, NULL), VIA_OK);
    assert_ptr_equal(directory_target(&gateway, named("/dev/a")), object);
    objects_died(object, VIA_WITHDRAWN);
    assert_null(directory_target(&gateway, named("/dev/a")));
    fake_session_end(other, VIA_EXITED, NULL, 0);
    assert_int_equal(gateway.directory.n, 0);
    other = fake_session_create(&gateway);
}

static void a_named_number_is_given_to_nobody(void **state)
{
    (void)state;
    struct number_proof block = give(owner, 1);
    walk_to(block.first + 1);
    assert_int_equal(publish(other, "/dev/a", block.first + 1), VIA_OK);
    assert_int_equal(give(owner, 1).first, block.first + 2);
}

static void a_name_gives_no_more_than_its_publisher_may_call(void **state)
{
    (void)state;
    struct fake_session *far = fake_session_create(&gateway);
    struct number_proof block = give(owner, 1);
    principal_set_remote(&far->session.principal, "far", "192.0.2.1:1");
    other->session.principal.uid = other->session.principal.gid = 2000;
    assert_int_equal(numbers_claim(numbers, &owner->session, block.first, object, 0600, NULL),
                     VIA_OK);
    assert_int_equal(publish(other, "/theirs", block.first), VIA_OK);
    assert_null(directory_target(&gateway, named("/theirs")));
    assert_int_equal(find(far, block.first), VIA_NOT_FOUND);
    assert_int_equal(find(other, block.first), VIA_DENIED); /* by its own name for it either */
    assert_int_equal(publish(owner, "/mine", block.first), VIA_OK);
    assert_ptr_equal(directory_target(&gateway, named("/mine")), object);
    assert_int_equal(find(far, block.first), VIA_OK);
    fake_session_end(far, VIA_EXITED, NULL, 0);
}

static void a_find_waits_for_the_object_behind_a_named_number(void **state)
{
    (void)state;
    const struct waiters_wish wish = {"phoenix", "/dev/a", "", false};
    struct number_proof block = give(owner, 1);
    uint32_t place;
    assert_int_equal(waiters_add(&gateway.waiters, &other->session, 9, &wish, UINT32_MAX, &place),
                     VIA_OK);
    gateway.directory.noticed = NULL;
    assert_int_equal(publish(owner, "/dev/a", block.first), VIA_OK);
    waiters_appeared(&gateway.waiters, named("/dev/a"));
    assert_string_equal(fake_kinds(other), "");
    assert_int_equal(claim(owner, block.first, object, NULL), VIA_OK);
    assert_int_equal(other->notes[0].id, 9);
    assert_string_equal(fake_kinds(other), "F");
}

/* ---- paths ---- */

static const char *prefix_of(const char *path)
{
    struct directory_entry *entry = NULL;
    enum via_status status = directory_find_prefix(&gateway.directory, "phoenix", path,
                                                   &owner->session.principal, &entry);
    return status == VIA_OK ? entry->spec.name : via_status_name(status);
}

static void a_path_is_known_as_far_as_the_longest_name_before_a_slash(void **state)
{
    (void)state;
    char path[DIRECTORY_NAME_MAX + 20], longest[DIRECTORY_NAME_MAX + 1];
    assert_string_equal(prefix_of("/"), "not_found");
    assert_int_equal(publish(owner, "/dev/uart0", 1), VIA_OK);
    assert_int_equal(publish(owner, "devfs", 2), VIA_OK);
    assert_int_equal(publish(owner, "/dev", 3), VIA_OK);
    assert_string_equal(prefix_of("/dev/uart0"), "/dev/uart0");
    assert_string_equal(prefix_of("/dev/uart0/x/y"), "/dev/uart0");
    assert_string_equal(prefix_of("/dev/uart"), "/dev");
    assert_string_equal(prefix_of("/dev/uart00"), "/dev");
    assert_string_equal(prefix_of("/dev/"), "/dev");
    assert_string_equal(prefix_of("/device"), "not_found");
    assert_string_equal(prefix_of("devfs/kmsg"), "devfs");
    assert_string_equal(prefix_of("devfs"), "devfs");
    assert_string_equal(prefix_of("dev"), "not_found");
    assert_string_equal(prefix_of(""), "not_found");
    assert_int_equal(publish(owner, "/", 4), VIA_OK);
    assert_string_equal(prefix_of("/"), "/");
    assert_string_equal(prefix_of("//"), "/");
    assert_string_equal(prefix_of("/device"), "/");
    assert_string_equal(prefix_of("/dev//uart0"), "/dev");
    assert_string_equal(prefix_of("relative/path"),
                        "not_found"); /* the root is for absolute ones */

    /* As long as a name may be, and longer than one may be. */
    memset(path, 'a', sizeof path);
    path[0] = '/';
    memcpy(longest, path, DIRECTORY_NAME_MAX);
    longest[DIRECTORY_NAME_MAX] = '\0';
    path[sizeof path - 1] = '\0';
    assert_int_equal(publish(owner, longest, 5), VIA_OK);
    assert_string_equal(prefix_of(longest), longest);
    assert_string_equal(prefix_of(path), "/"); /* it goes on without a slash */
    path[DIRECTORY_NAME_MAX] = '/';
    assert_string_equal(prefix_of(path), longest);
}

static void a_path_that_is_shut_is_not_looked_past(void **state)
{
    (void)state;
    struct directory_spec shut = spec_of("/dev/a", 0, 0600), local = spec_of("/dev/b", 0x20, 0);
    struct principal who;
    struct directory_entry *entry;
    assert_int_equal(publish(owner, "/", 1), VIA_OK);
    assert_int_equal(directory_publish_number(&gateway.directory, &shut, 2, &owner->session),
                     VIA_OK);
    assert_int_equal(directory_publish_number(&gateway.directory, &local, 3, &owner->session),
                     VIA_OK);
    principal_set_local(&who, &(struct ucred){.pid = 1, .uid = 2000, .gid = 2000});
    assert_int_equal(directory_find_prefix(&gateway.directory, "phoenix", "/dev/a/x", &who, &entry),
                     VIA_DENIED);
    principal_set_remote(&who, "far", "192.0.2.1:1");
    assert_int_equal(directory_find_prefix(&gateway.directory, "phoenix", "/dev/b/x", &who, &entry),
                     VIA_OK);
    assert_string_equal(entry->spec.name, "/"); /* that one is not there for it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(blocks_are_nobody_elses, init, deinit),
        cmocka_unit_test_setup_teardown(a_session_has_no_more_than_allowed, init, deinit),
        cmocka_unit_test_setup_teardown(what_a_session_leaves_is_free_but_comes_last, init, deinit),
        cmocka_unit_test_setup_teardown(the_walk_goes_around_and_past_what_is_taken, init, deinit),
        cmocka_unit_test_setup_teardown(many_numbers_come_and_go, init, deinit),
        cmocka_unit_test_setup_teardown(only_what_was_given_can_be_claimed, init, deinit),
        cmocka_unit_test_setup_teardown(a_number_is_not_used_again_while_somebody_holds_its_object,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(a_number_dies_with_the_last_who_held_its_object, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(its_owner_has_it_again_in_another_session, init, deinit),
        cmocka_unit_test_setup_teardown(what_an_earlier_gateway_gave_can_be_claimed_here, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(claims_count_towards_the_limit, init, deinit),
        cmocka_unit_test_setup_teardown(a_mode_says_who_on_this_host_finds_it, init, deinit),
        cmocka_unit_test_setup_teardown(on_another_host_a_number_is_no_right, init, deinit),
        cmocka_unit_test_setup_teardown(a_name_stands_for_a_number_that_nobody_has, init, deinit),
        cmocka_unit_test_setup_teardown(what_is_to_be_new_changes_nothing, init, deinit),
        cmocka_unit_test_setup_teardown(a_name_for_a_number_outlives_its_object_not_its_session,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(a_named_number_is_given_to_nobody, init, deinit),
        cmocka_unit_test_setup_teardown(a_name_gives_no_more_than_its_publisher_may_call, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(a_find_waits_for_the_object_behind_a_named_number, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(a_path_is_known_as_far_as_the_longest_name_before_a_slash,
                                        init, deinit),
        cmocka_unit_test_setup_teardown(a_path_that_is_shut_is_not_looked_past, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
