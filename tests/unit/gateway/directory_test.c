/*
 * The directory: names by family, whose they are, who is meant by them, and their order.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct directory *const directory = &gateway.directory;
static struct fake_session *owner;
static struct gateway_object *object, *other;
static char notices[256]; /* such as "A:name C:name G:name " */

static void noticed(struct directory *of, enum directory_notice notice,
                    const struct directory_entry *entry)
{
    size_t at = strlen(notices);
    assert_ptr_equal(of, directory);
    (void)snprintf(notices + at, sizeof notices - at, "%c:%s ", "?ACG"[notice], entry -> spec.name);
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    object = fake_object(owner, 1);
    other = fake_object(owner, 2);
    notices[0] = '\0';
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    directory->noticed = NULL;
    objects_died(object, VIA_EXITED);
    objects_died(other, VIA_EXITED);
    objects_unref(object);
    objects_unref(other);
    fake_session_end(owner, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static struct principal user(uint32_t uid)
{
    struct principal who;
    principal_set_local(&who, &(struct ucred){.pid = 1, .uid = uid, .gid = uid});
    return who;
}

static enum via_status publish_as(uint32_t uid, struct gateway_object *what, const char *family,
                                  const char *name, uint32_t flags, uint32_t mode)
{
    const struct directory_spec spec = {.family = family,
                                        .name = name,
                                        .class_name = "",
                                        .protocol = "",
                                        .info = "",
                                        .flags = flags,
                                        .mode = mode};
    const struct principal who = user(uid);
    return directory_publish(directory, &spec, what, &who);
}

static enum via_status publish(struct gateway_object *what, const char *family, const char *name,
                               uint32_t flags)
{
    return publish_as(1000, what, family, name, flags, 0);
}

static enum via_status find_as(uint32_t uid, const char *family, const char *name,
                               struct directory_entry **entryp)
{
    const struct principal who = user(uid);
    return directory_find(directory, family, name, &who, entryp);
}

static void a_name_is_found_until_it_is_withdrawn(void **state)
{
    (void)state;
    struct directory_entry *entry;
    directory->noticed = noticed;
    assert_int_equal(find_as(1000, "core", "name", &entry), VIA_NOT_FOUND);
    assert_int_equal(publish(object, "core", "name", 0), VIA_OK);
    assert_int_equal(find_as(1000, "core", "name", &entry), VIA_OK);
    assert_ptr_equal(entry->object, object);
    assert_int_equal(entry->spec.mode, 0666);
    assert_int_equal(find_as(1000, "", "name", &entry), VIA_OK);
    assert_int_equal(find_as(1000, "hdf", "name", &entry), VIA_NOT_FOUND);
    assert_int_equal(find_as(1000, "core", "Name", &entry), VIA_NOT_FOUND);
    assert_int_equal(directory_withdraw(directory, "core", "name", other), VIA_NOT_FOUND);
    assert_int_equal(directory_withdraw(directory, "core", "name", object), VIA_OK);
    assert_int_equal(find_as(1000, "core", "name", &entry), VIA_NOT_FOUND);
    assert_string_equal(notices, "A:name G:name ");
}

static void a_taken_name_is_refused_and_ones_own_is_changed(void **state)
{
    (void)state;
    struct directory_entry *entry;
    directory->noticed = noticed;
    assert_int_equal(publish(object, "core", "name", 0), VIA_OK);
    assert_int_equal(publish(other, "core", "name", 0), VIA_EXISTS);
    assert_int_equal(publish(other, "hdf", "name", 0), VIA_OK);    /* another family's */
    assert_int_equal(find_as(1, "", "name", &entry), VIA_INVALID); /* which of the two? */
    assert_int_equal(publish(object, "core", "name", DIRECTORY_OPENS), VIA_OK);
    assert_int_equal(find_as(1, "core", "name", &entry), VIA_OK);
    assert_int_equal(entry->spec.flags, DIRECTORY_OPENS);
    assert_int_equal(publish(object, "core", "name", DIRECTORY_NEW), VIA_EXISTS);
    assert_int_equal(entry->spec.flags, DIRECTORY_OPENS);
    assert_int_equal(publish(object, "core", "alias", DIRECTORY_NEW | DIRECTORY_OPENS), VIA_OK);
    assert_int_equal(find_as(1, "core", "alias", &entry), VIA_OK);
    assert_int_equal(entry->spec.flags, DIRECTORY_OPENS);
    assert_int_equal(directory_withdraw(directory, "core", "alias", object), VIA_OK);
    assert_string_equal(notices, "A:name A:name C:name A:alias G:alias ");
    assert_int_equal(directory->n, 2);
}

static void a_dead_object_leaves_no_names_and_takes_none(void **state)
{
    (void)state;
    struct directory_entry *entry;
    assert_int_equal(publish(object, "core", "a", 0), VIA_OK);
    assert_int_equal(publish(object, "core", "b", 0), VIA_OK);
    assert_int_equal(publish(other, "core", "c", 0), VIA_OK);
    directory->noticed = noticed;
    objects_died(object, VIA_CRASHED);
    assert_int_equal(find_as(1, "core", "a", &entry), VIA_NOT_FOUND);
    assert_int_equal(find_as(1, "core", "c", &entry), VIA_OK);
    assert_string_equal(notices, "G:b G:a ");
    assert_int_equal(publish(object, "core", "a", 0), VIA_DEAD);
}

static void names_without_case_are_one(void **state)
{
    (void)state;
    struct directory_entry *entry;
    assert_int_equal(publish(object, "portfolio", "EventBroker", DIRECTORY_CASELESS), VIA_OK);
    assert_int_equal(find_as(1, "portfolio", "eventbroker", &entry), VIA_OK);
    assert_int_equal(publish(other, "portfolio", "EVENTBROKER", DIRECTORY_CASELESS), VIA_EXISTS);
    assert_int_equal(publish(other, "portfolio", "eventbroker", 0), VIA_EXISTS);
}

static void duplicates_give_the_oldest(void **state)
{
    (void)state;
    struct directory_entry *entry;
    assert_int_equal(publish(other, "portfolio", "Queue", DIRECTORY_DUPLICATES), VIA_OK);
    assert_int_equal(publish(object, "portfolio", "Queue", DIRECTORY_DUPLICATES), VIA_OK);
    assert_int_equal(find_as(1, "portfolio", "Queue", &entry), VIA_OK);
    assert_ptr_equal(entry->object, other);
    objects_died(other, VIA_EXITED);
    assert_int_equal(find_as(1, "portfolio", "Queue", &entry), VIA_OK);
    assert_ptr_equal(entry->object, object);
}

static void a_users_own_names_are_the_users(void **state)
{
    (void)state;
    struct directory_entry *entry;
    struct principal remote;
    principal_set_remote(&remote, "laptop", "192.0.2.1:1");
    assert_int_equal(publish_as(1, object, "legato", "api", DIRECTORY_PER_USER, 0), VIA_OK);
    assert_int_equal(publish_as(2, other, "legato", "api", DIRECTORY_PER_USER, 0), VIA_OK);
    assert_int_equal(find_as(1, "legato", "api", &entry), VIA_OK);
    assert_ptr_equal(entry->object, object);
    assert_int_equal(find_as(2, "legato", "api", &entry), VIA_OK);
    assert_ptr_equal(entry->object, other);
    assert_int_equal(find_as(3, "legato", "api", &entry), VIA_NOT_FOUND);
    assert_int_equal(directory_find(directory, "legato", "api", &remote, &entry), VIA_OK);
    assert_ptr_equal(entry->object, object);
    assert_int_equal(publish_as(2, object, "legato", "api", DIRECTORY_PER_USER, 0), VIA_OK);
}

static void the_mode_says_who_may_call(void **state)
{
    (void)state;
    struct directory_entry *entry;
    assert_int_equal(publish_as(1, object, "core", "own", 0, 0600), VIA_OK);
    assert_int_equal(find_as(1, "core", "own", &entry), VIA_OK);
    assert_int_equal(find_as(2, "core", "own", &entry), VIA_DENIED);
    assert_int_equal(find_as(0, "core", "own", &entry), VIA_OK);

    const struct principal one = user(1), two = user(2);
    struct principal remote;
    principal_set_remote(&remote, "laptop", "192.0.2.1:1");
    assert_true(principal_may_call(&one, 0200, 1, 9));
    assert_false(principal_may_call(&one, 0066, 1, 9)); /* its own class counts, and no other */
    assert_true(principal_may_call(&two, 0020, 1, 2));
    assert_false(principal_may_call(&two, 0602, 1, 2));
    assert_true(principal_may_call(&two, 0002, 1, 9));
    assert_true(principal_may_call(&remote, 0600, 1, 1)); /* judged when it was let in */
    assert_int_equal(remote.uid, PRINCIPAL_NOBODY);
    assert_int_equal(remote.token, 0);
}

static void what_is_no_name_is_refused(void **state)
{
    (void)state;
    char longest[DIRECTORY_NAME_MAX + 2];
    memset(longest, 'n', sizeof longest);
    longest[DIRECTORY_NAME_MAX + 1] = '\0';
    assert_int_equal(publish(object, "core", longest, 0), VIA_INVALID);
    longest[DIRECTORY_NAME_MAX] = '\0';
    assert_int_equal(publish(object, "core", longest, 0), VIA_OK);
    static const char *const bad[][2] = {{"core", ""},      {"", "name"},        {"co:re", "name"},
                                         {"co re", "name"}, {"core", "a\nb"},    {"core", "\xff"},
                                         {"core", "a\x7f"}, {"core", "\xc0\x80"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(publish(object, bad[i][0], bad[i][1], 0), VIA_INVALID);
    assert_int_equal(publish(object, "core", "name", 0x100), VIA_INVALID);
    assert_int_equal(publish_as(1, object, "core", "name", 0, 01777), VIA_INVALID);
    assert_int_equal(publish(object, "core", "\xc3\xa4 name:with/all", 0), VIA_OK);
}

static void many_names_are_listed_in_order_by_pages(void **state)
{
    (void)state;
    enum { N = 10000 };
    char name[32], cursor[DIRECTORY_CURSOR_MAX] = "";
    struct directory_entry *entry;
    for (unsigned i = 0; i < N; i++) {
        (void)snprintf(name, sizeof name, "name%05u", (i * 7919u) % N); /* in no order */
        assert_int_equal(publish(object, i % 2 == 0 ? "core" : "hdf", name, 0), VIA_OK);
    }
    for (unsigned i = 0; i < N; i += 97) {
        (void)snprintf(name, sizeof name, "name%05u", i);
        assert_int_equal(find_as(1, "", name, &entry), VIA_OK);
        assert_string_equal(entry->spec.name, name);
    }
    unsigned n = 0;
    const struct directory_entry *last = NULL;
    while (directory_after(directory, cursor) < directory->n) {
        size_t place = directory_after(directory, cursor);
        for (size_t i = place; i < place + 100 && i < directory->n; i++, n++) {
            entry = directory->sorted[i];
            assert_true(last == NULL || strcmp(last->spec.family, entry->spec.family) < 0 ||
                        strcmp(last->spec.name, entry->spec.name) < 0);
            last = entry;
        }
        directory_cursor(last, cursor);
        assert_true(directory_is_before(last, cursor));
        /* one that goes under the cursor does not disturb the walk */
        if (n % 500 == 0) {
            assert_int_equal(
                directory_withdraw(directory, last->spec.family, last->spec.name, object), VIA_OK);
            last = NULL;
        }
    }
    assert_int_equal(n, N);
    for (size_t i = 0; i < 7; i++) {
        static const char *const odd[] = {"",     "zz", "1", "1:", "1:x", "12345678901234567:a:b",
                                          ":::::"};
        (void)directory_after(directory, odd[i]); /* what is no cursor may not harm */
    }
    while (directory->n > 0) {
        entry = directory->sorted[directory->n - 1];
        assert_int_equal(
            directory_withdraw(directory, entry->spec.family, entry->spec.name, object), VIA_OK);
    }
}

static void names_are_limited(void **state)
{
    (void)state;
    char name[32];
    directory->max = 3;
    for (unsigned i = 0; i < 4; i++) {
        (void)snprintf(name, sizeof name, "name%u", i);
        assert_int_equal(publish(object, "core", name, 0), i < 3 ? VIA_OK : VIA_BUSY);
    }
}

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    const struct principal here = user(1);
    assert_int_equal(publish(object, "core", "calculator", 0), VIA_OK);
    assert_int_equal(publish(object, "core", "clock", 0), VIA_OK);
    assert_string_equal(directory_nearest(directory, "calculater", &here)->spec.name, "calculator");
    assert_string_equal(directory_nearest(directory, "CLOCK", &here)->spec.name, "clock");
    assert_string_equal(directory_nearest(directory, "clcok", &here)->spec.name, "clock");
    assert_null(directory_nearest(directory, "thermometer", &here));
}

static void who_sees_a_name_depends_on_its_flags(void **state)
{
    (void)state;
    struct directory_entry *entry;
    const struct principal here = user(1);
    struct principal remote;
    principal_set_remote(&remote, "laptop", "192.0.2.1:1");
    directory->noticed = noticed;
    assert_int_equal(publish(object, "hdf", "later", DIRECTORY_UNLISTED), VIA_OK);
    assert_int_equal(publish(object, "hdf", "inside", DIRECTORY_LOCAL), VIA_OK);
    assert_int_equal(directory_find(directory, "hdf", "later", &remote, &entry), VIA_OK);
    assert_false(directory_shows(entry, &here));
    assert_int_equal(directory_find(directory, "hdf", "inside", &remote, &entry), VIA_NOT_FOUND);
    assert_int_equal(directory_find(directory, "hdf", "inside", &here, &entry), VIA_OK);
    assert_true(directory_shows(entry, &here));
    assert_false(directory_shows(entry, &remote));
    assert_null(directory_nearest(directory, "latr", &here));
    assert_null(directory_nearest(directory, "insid", &remote));
    /* Who did not see it sees it come. */
    assert_int_equal(publish(object, "hdf", "later", 0), VIA_OK);
    assert_string_equal(notices, "A:later A:inside G:later A:later ");
    assert_int_equal(publish(object, "hdf", "x", 0x40), VIA_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_is_found_until_it_is_withdrawn, init, deinit),
        cmocka_unit_test_setup_teardown(a_taken_name_is_refused_and_ones_own_is_changed, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(a_dead_object_leaves_no_names_and_takes_none, init, deinit),
        cmocka_unit_test_setup_teardown(names_without_case_are_one, init, deinit),
        cmocka_unit_test_setup_teardown(duplicates_give_the_oldest, init, deinit),
        cmocka_unit_test_setup_teardown(a_users_own_names_are_the_users, init, deinit),
        cmocka_unit_test_setup_teardown(the_mode_says_who_may_call, init, deinit),
        cmocka_unit_test_setup_teardown(what_is_no_name_is_refused, init, deinit),
        cmocka_unit_test_setup_teardown(many_names_are_listed_in_order_by_pages, init, deinit),
        cmocka_unit_test_setup_teardown(names_are_limited, init, deinit),
        cmocka_unit_test_setup_teardown(the_nearest_name_is_suggested, init, deinit),
        cmocka_unit_test_setup_teardown(who_sees_a_name_depends_on_its_flags, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
