/*
 * Clients that have opened what an interface of theirs is bound to: by which interface, and until
 * when.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/control.h"
#include "gateway/openings.h"
#include "gateway/router.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner, *client;
static struct gateway_object *service, *other;
static uint32_t next_handle;
static const uint8_t first_ref[FRAME_REF_SIZE]; /* of what stands at the beginning */

static void publish(struct gateway_object *object, const char *name)
{
    const struct directory_spec spec = {.family = "legato",
                                        .name = name,
                                        .class_name = "",
                                        .protocol = "",
                                        .info = "",
                                        .flags = DIRECTORY_PER_USER};
    assert_int_equal(
        directory_publish(&gateway.directory, &spec, object, &owner->session.principal), VIA_OK);
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    client = fake_session_create(&gateway);
    next_handle = 1;
    service = fake_object(owner, next_handle++);
    other = fake_object(owner, next_handle++);
    publish(service, "service");
    publish(other, "other");
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    struct gateway_object *objects[] = {service, other};
    fake_session_end(client, VIA_EXITED, NULL, 0);
    fake_session_end(owner, VIA_EXITED, objects, 2);
    objects_unref(service);
    objects_unref(other);
    fake_world_deinit(&gateway);
    return 0;
}

static void find_as(struct fake_session *who, struct gateway_object *what, const char *interface)
{
    bounds_found(&who->session, what->names, interface, "p");
}

static uint32_t begin(struct fake_session *who, struct gateway_object *what)
{
    uint64_t context;
    const struct frame call = {
        .kind = FRAME_CALL, .layout = VIA_LAYOUT_CONTROL, .code = OBJECT_OPEN};
    const struct message request = {.frame = &call, .from = &who->session};
    owner->n_notes = 0;
    assert_int_equal(router_call(&request, what, 7, &context), VIA_OK);
    return owner->notes[0].id;
}

static void answer(struct fake_session *who, uint32_t id, struct gateway_object *opened)
{
    const struct frame reply = {.kind = FRAME_REPLY,
                                .id = id,
                                .code = opened != NULL ? VIA_OK : VIA_DENIED,
                                .refs = first_ref,
                                .n_refs = opened != NULL ? 1 : 0};
    const struct message message = {.frame = &reply, .objects = &opened, .from = &owner->session};
    router_reply(&message, session_context(session_key(&who->session), 7));
    who->n_notes = 0;
}

/* What it is given, with one count, which is all there is. */
static struct gateway_object *open_as(struct fake_session *who, struct gateway_object *what)
{
    struct gateway_object *opened = fake_object(owner, next_handle++);
    answer(who, begin(who, what), opened);
    return opened;
}

/* As "INTERFACE>NAME " each, and "INTERFACE " for who waits. */
static const char *listed(void)
{
    static char text[256];
    size_t at = 0;
    struct waiters_walk walk;
    struct waiters_line line;
    text[0] = '\0';
    waiters_walk_begin(&walk, &gateway, "legato", 0);
    while (waiters_walk_next(&walk, &line)) {
        bool is_open = line.target.state == WAITING_NO_MORE;
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%s ", line.interface,
                               is_open ? ">" : "", is_open ? line.target.name : "");
    }
    return text;
}

static void who_opens_what_it_found_is_bound_until_that_ends(void **state)
{
    (void)state;
    find_as(client, service, "door");
    assert_string_equal(listed(), "");
    struct gateway_object *first = open_as(client, service), *second = open_as(client, service);
    assert_string_equal(listed(), "door>service door>service ");
    objects_unref(first); /* the client has let it go */
    assert_string_equal(listed(), "door>service ");
    objects_died(second, VIA_WITHDRAWN); /* the server has closed it */
    assert_string_equal(listed(), "");
    objects_unref(second);
}

static void the_line_says_who_and_with_whom(void **state)
{
    (void)state;
    struct waiters_walk walk;
    struct waiters_line line;
    find_as(client, service, "door");
    struct gateway_object *opened = open_as(client, service);
    assert_int_equal(directory_withdraw(&gateway.directory, "legato", "service", service), VIA_OK);
    waiters_walk_begin(&walk, &gateway, "", 0);
    assert_true(waiters_walk_next(&walk, &line));
    assert_string_equal(line.family, "legato");
    assert_string_equal(line.protocol, "p");
    assert_int_equal(line.uid, 1000);
    assert_int_equal(line.pid, client->session.principal.pid);
    assert_int_equal(line.target.uid, 1000);
    assert_string_equal(line.target.name, "service"); /* hidden, and still open */
    assert_false(waiters_walk_next(&walk, &line));
    waiters_walk_begin(&walk, &gateway, "", walk.place);
    assert_false(waiters_walk_next(&walk, &line));
    waiters_walk_begin(&walk, &gateway, "hdf", 0);
    assert_false(waiters_walk_next(&walk, &line));
    objects_unref(opened);
}

static void each_open_is_by_the_interface_that_was_found_for_it(void **state)
{
    (void)state;
    find_as(client, service, "a");
    struct gateway_object *first = open_as(client, service);
    find_as(client, service, "b");
    find_as(client, other, "c");
    struct gateway_object *second = open_as(client, service), *third = open_as(client, other);
    assert_string_equal(listed(), "a>service b>service c>other ");
    find_as(client, other, "a"); /* it means another now; what is open stays */
    struct gateway_object *fourth = open_as(client, other);
    assert_string_equal(listed(), "a>service b>service c>other a>other ");
    objects_unref(second);
    assert_string_equal(listed(), "a>service c>other a>other ");
    objects_unref(fourth);
    objects_unref(third);
    objects_unref(first);
    assert_string_equal(listed(), "");
}

static void what_was_not_found_so_or_is_refused_is_not_listed(void **state)
{
    (void)state;
    struct gateway_object *opened = open_as(client, service);
    assert_string_equal(listed(), "");
    objects_unref(opened);
    find_as(owner, service, "door");
    answer(client, begin(client, service), NULL);
    find_as(client, service, "door");
    answer(client, begin(client, service), NULL);
    assert_string_equal(listed(), "");
}

static void an_open_that_is_never_answered_ends_with_its_server(void **state)
{
    (void)state;
    find_as(client, service, "door");
    (void)begin(client, service);
    openings_forget(&owner->session);
    assert_string_equal(listed(), "");
}

static void of_many_finds_the_newest_are_remembered(void **state)
{
    (void)state;
    char interface[16];
    for (unsigned i = 0; i < BOUND_FINDS_MAX + 2; i++) {
        (void)snprintf(interface, sizeof interface, "i%u", i);
        find_as(client, service, interface);
    }
    assert_int_equal(client->session.n_found, BOUND_FINDS_MAX);
    struct gateway_object *opened = open_as(client, service);
    assert_string_equal(listed(), "i2>service ");
    objects_unref(opened);
}

static void those_who_wait_come_first(void **state)
{
    (void)state;
    uint32_t place;
    const struct waiters_wish wish = {"legato", "none", "p", true};
    find_as(client, service, "door");
    struct gateway_object *opened = open_as(client, service);
    assert_int_equal(waiters_add(&gateway.waiters, &client->session, 1, &wish, UINT32_MAX, &place),
                     VIA_OK);
    assert_string_equal(listed(), "none door>service ");
    objects_unref(opened);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, init, deinit)
    const struct CMUnitTest tests[] = {
        TEST(who_opens_what_it_found_is_bound_until_that_ends),
        TEST(the_line_says_who_and_with_whom),
        TEST(each_open_is_by_the_interface_that_was_found_for_it),
        TEST(what_was_not_found_so_or_is_refused_is_not_listed),
        TEST(an_open_that_is_never_answered_ends_with_its_server),
        TEST(of_many_finds_the_newest_are_remembered),
        TEST(those_who_wait_come_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
