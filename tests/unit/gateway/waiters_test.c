/*
 * Finds that wait: for a name, or for what an interface is bound to, in order of arrival.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/gateway/fake_world.h"

#define N_SESSIONS 3u

static struct gateway gateway;
static struct fake_session *sessions[N_SESSIONS], *owner;
static struct gateway_object *object, *other;
static uint32_t places[64]; /* of calls, by their number */

/* Who has been answered, in order, is told by one session alone; so the tests let one wait often.
 */
static void noticed(struct directory *of, enum directory_notice notice,
                    const struct directory_entry *entry)
{
    (void)of;
    if (notice == DIRECTORY_APPEAR)
        waiters_appeared(&gateway.waiters, entry);
    if (notice == DIRECTORY_GONE)
        waiters_gone(&gateway.waiters, entry);
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    gateway.directory.noticed = noticed;
    for (unsigned i = 0; i < N_SESSIONS; i++)
        sessions[i] = fake_session_create(&gateway);
    owner = fake_session_create(&gateway);
    object = fake_object(owner, 1);
    other = fake_object(owner, 2);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    struct gateway_object *objects[] = {object, other};
    fake_session_end(owner, VIA_EXITED, objects, 2);
    objects_unref(object);
    objects_unref(other);
    for (unsigned i = 0; i < N_SESSIONS; i++)
        fake_session_end(sessions[i], VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static enum via_status wait_as(struct fake_session *who, uint32_t call, const char *name,
                               bool is_bound, uint32_t wait_ms)
{
    const struct waiters_wish wish = {"legato", name, "p", is_bound};
    return waiters_add(&gateway.waiters, &who->session, call, &wish, wait_ms, &places[call]);
}

static void wait_bound(uint32_t call, const char *interface)
{
    assert_int_equal(wait_as(sessions[0], call, interface, true, UINT32_MAX), VIA_OK);
}

static void publish_as(struct gateway_object *what, const char *name, uint32_t uid, uint32_t mode)
{
    const struct directory_spec spec = {.family = "legato",
                                        .name = name,
                                        .class_name = "",
                                        .protocol = "",
                                        .info = "",
                                        .flags = DIRECTORY_PER_USER,
                                        .mode = mode};
    struct principal who;
    principal_set_local(&who, &(struct ucred){.pid = 1, .uid = uid, .gid = uid});
    if (uid == PRINCIPAL_NOBODY)
        principal_set_remote(&who, "far", "192.0.2.7:1");
    assert_int_equal(directory_publish(&gateway.directory, &spec, what, &who), VIA_OK);
}

static void publish(const char *name)
{
    publish_as(object, name, 1000, 0);
}

/* The calls that have been answered since, in order, such as "1 2 "; a status that is not OK stands
 * before its call. */
static const char *answered(struct fake_session *who)
{
    static char text[256];
    size_t at = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < who->n_notes; i++) {
        const struct fake_note *note = &who->notes[i];
        assert_int_equal(note->kind, 'F');
        assert_true((note->code == VIA_OK) == (note->object != NULL));
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%u ",
                               note->code == VIA_OK ? "" : via_status_name(note->code),
                               note->code == VIA_OK ? "" : ":", note->id);
    }
    who->n_notes = 0;
    return text;
}

static void say(const char *client, const char *server)
{
    struct config_fault fault;
    assert_int_equal(bindings_say(&gateway.bindings, "legato", client, server, "here", &fault),
                     VIA_OK);
    waiters_judge(&gateway.waiters);
}

static void a_name_that_comes_serves_all_in_order(void **state)
{
    (void)state;
    assert_int_equal(wait_as(sessions[0], 1, "a", false, UINT32_MAX), VIA_OK);
    wait_bound(2, "a");
    assert_int_equal(wait_as(sessions[0], 3, "b", false, UINT32_MAX), VIA_OK);
    assert_int_equal(wait_as(sessions[0], 4, "a", false, UINT32_MAX), VIA_OK);
    wait_bound(5, "b");
    publish("a");
    assert_string_equal(answered(sessions[0]), "1 2 4 ");
    publish("b");
    assert_string_equal(answered(sessions[0]), "3 5 ");
}

static void bindings_move_who_waits_and_keep_the_order(void **state)
{
    (void)state;
    wait_bound(1, "x");
    wait_bound(2, "y");
    wait_bound(3, "x");
    wait_bound(4, "z");
    say("<1000>.y", "<1000>.x"); /* now 1 to 3 wait for x */
    say("<1000>.z", "<1000>.q");
    publish("x");
    assert_string_equal(answered(sessions[0]), "1 2 3 ");
    say("<1000>.z", "<1000>.x");
    assert_string_equal(answered(sessions[0]), "4 ");
    /* One that moves behind others that came after it stands before them. */
    assert_int_equal(directory_withdraw(&gateway.directory, "legato", "x", object), VIA_OK);
    wait_bound(5, "early");
    wait_bound(6, "x");
    wait_bound(7, "x");
    say("<1000>.early", "<1000>.x");
    say("<1000>.y", NULL);
    publish("x");
    assert_string_equal(answered(sessions[0]), "5 6 7 ");
}

static bool first_line(struct waiters_line *line)
{
    struct waiters_walk walk;
    waiters_walk_begin(&walk, &gateway, "", 0);
    return waiters_walk_next(&walk, line);
}

static void who_is_unbound_waits_for_a_binding_alone(void **state)
{
    (void)state;
    struct waiters_line line;
    gateway.bindings.by_default = false;
    wait_bound(1, "a");
    publish("a");
    assert_string_equal(answered(sessions[0]), "");
    assert_true(first_line(&line));
    assert_int_equal(line.target.state, WAITING_UNBOUND);
    assert_string_equal(line.protocol, "p");
    say("<1000>.a", "<1000>.b");
    assert_true(first_line(&line));
    assert_int_equal(line.target.state, WAITING_BOUND);
    assert_string_equal(line.target.name, "b");
    assert_int_equal(line.target.uid, 1000);
    say("<1000>.a", NULL);
    assert_true(first_line(&line));
    assert_int_equal(line.target.state, WAITING_UNBOUND);
    say("<1000>.a", "<1000>.a");
    assert_string_equal(answered(sessions[0]), "1 ");
    assert_false(first_line(&line));
}

static void another_users_service_is_not_meant(void **state)
{
    (void)state;
    wait_bound(1, "a");
    publish_as(object, "a", 1001, 0);
    assert_string_equal(answered(sessions[0]), "");
    publish_as(other, "a", 1000, 0);
    assert_string_equal(answered(sessions[0]), "1 ");
    wait_bound(2, "b");
    say("<1000>.b", "<1001>.c");
    publish_as(other, "c", 1000, 0);
    assert_string_equal(answered(sessions[0]), "");
    publish_as(object, "c", 1001, 0600); /* not for others */
    assert_string_equal(answered(sessions[0]), "denied:2 ");
}

static void several_for_who_is_remote_wait_until_there_is_one(void **state)
{
    (void)state;
    struct waiters_line line;
    principal_set_remote(&sessions[1]->session.principal, "far", "192.0.2.8:1");
    publish_as(object, "a", 1000, 0);
    publish_as(other, "a", PRINCIPAL_NOBODY, 0);
    assert_int_equal(wait_as(sessions[1], 1, "a", true, UINT32_MAX), VIA_OK);
    waiters_judge(&gateway.waiters);
    assert_true(first_line(&line));
    assert_int_equal(line.target.state, WAITING_UNBOUND);
    assert_int_equal(line.uid, BINDING_REMOTE_UID);
    assert_int_equal(line.pid, -1);
    assert_string_equal(answered(sessions[1]), "");
    assert_int_equal(directory_withdraw(&gateway.directory, "legato", "a", object), VIA_OK);
    assert_string_equal(answered(sessions[1]), "1 ");
}

static void waiting_ends_by_time_by_wish_and_with_its_session(void **state)
{
    (void)state;
    wait_bound(1, "a");
    assert_int_equal(wait_as(sessions[0], 2, "a", true, 0), VIA_OK);
    assert_int_equal(loop_turn(gateway.loop, 100, NULL), VIA_OK);
    assert_string_equal(answered(sessions[0]), "not_found:2 ");
    waiters_cancel(&gateway.waiters, &sessions[1]->session, 1, places[1]); /* not its own */
    waiters_cancel(&gateway.waiters, &sessions[0]->session, 7, places[1]); /* not its call */
    assert_string_equal(answered(sessions[0]), "");
    waiters_cancel(&gateway.waiters, &sessions[0]->session, 1, places[1]);
    assert_string_equal(answered(sessions[0]), "cancelled:1 ");
    assert_int_equal(wait_as(sessions[2], 3, "a", true, UINT32_MAX), VIA_OK);
    wait_bound(4, "a");
    fake_session_end(sessions[2], VIA_EXITED, NULL, 0);
    sessions[2] = fake_session_create(&gateway);
    publish("a");
    assert_string_equal(answered(sessions[0]), "4 ");
    assert_string_equal(answered(sessions[2]), "");
}

static void there_are_so_many_and_no_more(void **state)
{
    (void)state;
    gateway.waiters.max = 2;
    wait_bound(1, "a");
    wait_bound(2, "b");
    assert_int_equal(wait_as(sessions[0], 3, "c", true, UINT32_MAX), VIA_BUSY);
    waiters_cancel(&gateway.waiters, &sessions[0]->session, 1, places[1]);
    wait_bound(3, "c");
    waiters_session_ended(&gateway.waiters, &sessions[0]->session);
    assert_int_equal(gateway.waiters.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_name_that_comes_serves_all_in_order, init, deinit),
        cmocka_unit_test_setup_teardown(bindings_move_who_waits_and_keep_the_order, init, deinit),
        cmocka_unit_test_setup_teardown(who_is_unbound_waits_for_a_binding_alone, init, deinit),
        cmocka_unit_test_setup_teardown(another_users_service_is_not_meant, init, deinit),
        cmocka_unit_test_setup_teardown(several_for_who_is_remote_wait_until_there_is_one, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(waiting_ends_by_time_by_wish_and_with_its_session, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(there_are_so_many_and_no_more, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
