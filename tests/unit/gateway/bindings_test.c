/*
 * Bindings: what is in force, what an interface means by it, and what the file and words say.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/bindings.h"

static struct bindings bindings;

static int init(void **state)
{
    (void)state;
    bindings_init(&bindings, 4, true);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    bindings_deinit(&bindings);
    return 0;
}

static enum via_status bind_in(const char *family, uint32_t client, const char *interface,
                               uint32_t server, const char *name)
{
    const struct binding binding = {.family = family,
                                    .interface = interface,
                                    .name = name,
                                    .client_user = "c",
                                    .server_user = "s",
                                    .client_uid = client,
                                    .server_uid = server};
    return bindings_set(&bindings, &binding);
}

static enum via_status bind_to(uint32_t client, const char *interface, uint32_t server,
                               const char *name)
{
    return bind_in("legato", client, interface, server, name);
}

static struct principal user(uint32_t uid)
{
    struct principal who;
    principal_set_local(&who, &(struct ucred){.pid = 1, .uid = uid, .gid = uid});
    return who;
}

static struct principal stranger(void)
{
    struct principal who;
    principal_set_remote(&who, "somebody", "192.0.2.7:1");
    return who;
}

/* "UID:NAME" or "unbound". */
static const char *means(const struct principal *who, const char *interface)
{
    static char text[300];
    struct bindings_target target;
    bindings_judge(&bindings, "legato", interface, who, &target);
    if (target.state == WAITING_UNBOUND)
        return "unbound";
    (void)snprintf(text, sizeof text, "%d:%s", (int)target.uid, target.name);
    return text;
}

static void an_interface_means_what_was_said_last(void **state)
{
    (void)state;
    const struct principal joe = user(7), jim = user(8);
    assert_string_equal(means(&joe, "a"), "7:a");
    assert_int_equal(bind_to(7, "a", 9, "b"), VIA_OK);
    assert_string_equal(means(&joe, "a"), "9:b");
    assert_string_equal(means(&jim, "a"), "8:a");
    assert_int_equal(bind_to(7, "a", 9, "c"), VIA_OK);
    assert_string_equal(means(&joe, "a"), "9:c");
    assert_int_equal(bindings.n, 1);
    assert_false(bindings_remove(&bindings, "legato", 8, "a"));
    assert_false(bindings_remove(&bindings, "other", 7, "a"));
    assert_true(bindings_remove(&bindings, "legato", 7, "a"));
    assert_string_equal(means(&joe, "a"), "7:a");
}

static void without_a_default_nothing_is_bound_unless_said(void **state)
{
    (void)state;
    const struct principal joe = user(7), far = stranger();
    bindings.by_default = false;
    assert_string_equal(means(&joe, "a"), "unbound");
    assert_string_equal(means(&far, "a"), "unbound");
    assert_int_equal(bind_to(7, "a", 7, "a"), VIA_OK);
    assert_string_equal(means(&joe, "a"), "7:a");
}

static void who_is_remote_is_nobody_and_never_root(void **state)
{
    (void)state;
    const struct principal far = stranger();
    assert_string_equal(means(&far, "a"), "-1:a"); /* anybody's */
    assert_int_equal(bind_to(0, "a", 0, "root's"), VIA_OK);
    assert_string_equal(means(&far, "a"), "-1:a");
    assert_int_equal(bind_to(BINDING_REMOTE_UID, "a", 0, "theirs"), VIA_OK);
    assert_string_equal(means(&far, "a"), "0:theirs");
    assert_false(bindings_may_change(&far));
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    char name[DIRECTORY_NAME_MAX + 2];
    (void)snprintf(name, sizeof name, "%0*d", (int)sizeof name - 1, 7);
    assert_int_equal(bind_to(1, name, 1, "b"), VIA_INVALID);
    assert_int_equal(bind_to(1, "a", 1, name), VIA_INVALID);
    assert_int_equal(bind_to(1, "", 1, "a"), VIA_INVALID);
    assert_int_equal(bind_in("", 1, "a", 1, "a"), VIA_INVALID);
    for (uint32_t uid = 4; uid > 0; uid--)
        assert_int_equal(bind_to(uid, "a", 1, "b"), VIA_OK);
    assert_int_equal(bind_to(5, "a", 1, "b"), VIA_BUSY);
    assert_int_equal(bind_to(4, "a", 1, "c"), VIA_OK); /* in the place of another */
}

static void they_are_walked_through_in_order(void **state)
{
    (void)state;
    char cursor[BINDINGS_CURSOR_MAX] = "";
    assert_int_equal(bind_in("b", 0xfffffffe, "y", 1, "n"), VIA_OK);
    assert_int_equal(bind_in("a", 2, "z", 1, "n"), VIA_OK);
    assert_int_equal(bind_in("a", 2, "x:y", 1, "n"), VIA_OK);
    assert_int_equal(bind_in("a", 1, "z", 1, "n"), VIA_OK);
    static const char *const expected[] = {"1:a:z", "2:a:x:y", "2:a:z", "fffffffe:b:y"};
    for (size_t i = 0; i < 4; i++) {
        size_t place = bindings_after(&bindings, cursor);
        assert_int_equal(place, i);
        bindings_cursor(bindings.sorted[place], cursor);
        assert_string_equal(cursor, expected[i]);
    }
    assert_int_equal(bindings_after(&bindings, cursor), 4);
    assert_int_equal(bindings_after(&bindings, "1:a:zz"), 1); /* of one that has gone */
    static const char *const none[] = {"", "x", "1", "1:", "1:a", "fffffffff:a:x"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(bindings_after(&bindings, none[i]), 0);
}

/* ---- words and the file ---- */

static void words_bind_and_unbind(void **state)
{
    (void)state;
    struct config_fault fault;
    const struct principal root = user(0);
    assert_int_equal(bindings_say(&bindings, "legato", "<root>.a", "<7>.b", "here", &fault),
                     VIA_OK);
    assert_string_equal(means(&root, "a"), "7:b");
    assert_int_equal(bindings_say(&bindings, "legato", "<0>.a", "here/<root>.c", "here", &fault),
                     VIA_OK);
    assert_string_equal(means(&root, "a"), "0:c");
    assert_int_equal(bindings_say(&bindings, "legato", "<root>.a", NULL, "here", &fault), VIA_OK);
    assert_int_equal(bindings_say(&bindings, "legato", "<root>.a", NULL, "here", &fault),
                     VIA_NOT_FOUND);
    assert_non_null(strstr(fault.text, "<root>.a is not bound"));
    assert_int_equal(
        bindings_say(&bindings, "legato", "<root>.a", "there/<root>.c", "here", &fault),
        VIA_INVALID);
    assert_non_null(strstr(fault.text, "\"there\" is another host than this gateway, \"here\""));
    assert_int_equal(bindings_say(&bindings, "legato", "no-such.a", "<root>.c", "here", &fault),
                     VIA_NOT_FOUND);
    assert_string_equal(fault.text,
                        "there is no user \"appno-such\", so no application \"no-such\"");
    assert_int_equal(bindings_say(&bindings, "legato", "<root.a", "<root>.c", "here", &fault),
                     VIA_INVALID);
    assert_int_equal(bindings.n, 0);
}

static void put_in_force(const char *text)
{
    struct bindings said;
    struct config_fault fault;
    assert_int_equal(bindings_parse(&said, "file", text, strlen(text), "here", 4, &fault), VIA_OK);
    bindings_commit(&bindings, &said);
    assert_int_equal(said.n, 0);
}

static void a_file_goes_where_nothing_was_said_since(void **state)
{
    (void)state;
    struct config_fault fault;
    const struct principal root = user(0);
    put_in_force("bindings: { <0>.b -> <1>.b <0>.d -> <1>.d <0>.f -> <1>.f }");
    assert_int_equal(bindings_say(&bindings, "legato", "<0>.d", "<2>.d", "here", &fault), VIA_OK);
    assert_int_equal(bindings_say(&bindings, "legato", "<0>.f", NULL, "here", &fault), VIA_OK);
    put_in_force("bindings: { <0>.f -> <1>.f <0>.d -> <1>.d <0>.b -> <1>.b }"); /* as before */
    assert_string_equal(means(&root, "f"), "0:f");
    put_in_force("bindings: { <0>.a -> <1>.a <0>.d -> <1>.d <0>.f -> <1>.f <0>.a -> <3>.a }");
    assert_string_equal(means(&root, "a"), "3:a");
    assert_string_equal(means(&root, "b"), "0:b");
    assert_string_equal(means(&root, "d"), "2:d");
    assert_string_equal(means(&root, "f"), "1:f");
    assert_int_equal(bindings.n, 3);
    put_in_force("");
    assert_int_equal(bindings.n, 1);
    assert_string_equal(means(&root, "d"), "2:d");
}

static void a_file_that_is_wrong_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"bindings: {\n <0>.a -> <0>\n}", "file:2:14: \".INTERFACE\" is missing"},
        {"bindings: {\n <0>.a -> <no such>.b\n}", "file:2:11: "},
        {"bindings: {\n <0>.a -> <no-such>.b\n}", "file:2:11: there is no user \"no-such\""},
        {"bindings: {\n <0>.a -> far/<0>.b\n}", "file:2:11: \"far\" is another host"},
        {"bindings: {<0>.a -> <0>.a <0>.b -> <0>.b\n<0>.c -> <0>.c <0>.d -> <0>.d <0>.e -> <0>.e}",
         "file:2:31: limits.max_bindings = 4"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bindings said;
        struct config_fault fault;
        assert_int_equal(
            bindings_parse(&said, "file", wrong[i].text, strlen(wrong[i].text), "here", 4, &fault),
            VIA_INVALID);
        if (strncmp(fault.text, wrong[i].words, strlen(wrong[i].words)) != 0)
            fail_msg("%s", fault.text);
        assert_int_equal(said.n, 0);
    }
}

static void a_file_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct bindings said;
    struct config_fault fault;
    assert_int_equal(bindings_read(&said, "/no/such", "here", 4, &fault), VIA_IO);
    assert_non_null(strstr(fault.text, "/no/such: "));
    assert_int_equal(bindings_read(&said, "/dev/zero", "here", 4, &fault), VIA_INVALID);
    assert_non_null(strstr(fault.text, "is larger than 1048576 octets"));
    assert_int_equal(bindings_read(&said, NULL, "here", 4, &fault), VIA_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_interface_means_what_was_said_last, init, deinit),
        cmocka_unit_test_setup_teardown(without_a_default_nothing_is_bound_unless_said, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(who_is_remote_is_nobody_and_never_root, init, deinit),
        cmocka_unit_test_setup_teardown(there_are_so_many_and_no_more, init, deinit),
        cmocka_unit_test_setup_teardown(they_are_walked_through_in_order, init, deinit),
        cmocka_unit_test_setup_teardown(words_bind_and_unbind, init, deinit),
        cmocka_unit_test_setup_teardown(a_file_goes_where_nothing_was_said_since, init, deinit),
        cmocka_unit_test_setup_teardown(a_file_that_is_wrong_says_where, init, deinit),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_told, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
