/*
 * Requests without an answer: to which service they count, and which of them is the oldest.
 */
#include <cmocka.h>

#include "gateway/unanswered.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *owner, *client;
static struct gateway_object *service, *other, *opened;

static void publish(struct gateway_object *object, const char *name)
{
    const struct directory_spec spec = {
        .family = "legato", .name = name, .class_name = "", .protocol = "", .info = ""};
    assert_int_equal(
        directory_publish(&gateway.directory, &spec, object, &owner->session.principal), VIA_OK);
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    owner = fake_session_create(&gateway);
    client = fake_session_create(&gateway);
    service = fake_object(owner, 1);
    other = fake_object(owner, 2);
    opened = fake_object(owner, 3);
    opened->service = objects_ref(service);
    publish(service, "service");
    publish(service, "service.again");
    publish(other, "other");
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    struct gateway_object *objects[] = {service, other, opened};
    fake_session_end(owner, VIA_EXITED, objects, 3);
    for (unsigned i = 0; i < 3; i++)
        objects_unref(objects[i]);
    if (client != NULL)
        fake_session_end(client, VIA_EXITED, NULL, 0);
    fake_world_deinit(&gateway);
    return 0;
}

static void count(const struct unanswered_request *requests, unsigned n)
{
    owner->unanswered = requests;
    owner->n_unanswered = n;
    unanswered_count(&gateway);
}

static bool describe(const char *name, struct unanswered_line *line)
{
    struct directory_entry *entry;
    assert_int_equal(
        directory_find(&gateway.directory, "legato", name, &client->session.principal, &entry),
        VIA_OK);
    return unanswered_describe(&gateway, entry, line);
}

static void those_to_what_it_opened_are_the_services(void **state)
{
    (void)state;
    struct unanswered_line line;
    uint32_t now = unanswered_now(&gateway), mine = session_key(&client->session);
    uint32_t others = session_key(&owner->session);
    const struct unanswered_request requests[] = {
        {opened, mine, now - 3, 7}, {service, others, now - 5, 9}, {opened, mine, now - 4, 8}};
    count(requests, 3);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(describe(i == 0 ? "service" : "service.again", &line));
        assert_int_equal(line.n, 3);
        assert_int_equal(line.waits_ms, 5 * UNANSWERED_TICK_MS);
        assert_ptr_equal(line.caller, &owner->session);
    }
    assert_false(describe("other", &line));
}

/* Among those of one moment the clock does not say. */
static void the_oldest_is_known_by_the_order_of_calls(void **state)
{
    (void)state;
    struct unanswered_line line;
    uint32_t now = unanswered_now(&gateway);
    const struct unanswered_request requests[] = {{other, session_key(&owner->session), now, 1},
                                                  {other, session_key(&client->session), now, 2},
                                                  {other, session_key(&owner->session), now, 0}};
    count(requests, 3);
    assert_true(describe("other", &line));
    assert_int_equal(line.n, 3);
    assert_int_equal(line.waits_ms, 0);
    assert_ptr_equal(line.caller, &client->session);
}

static void what_an_earlier_count_found_is_gone(void **state)
{
    (void)state;
    struct unanswered_line line;
    const struct unanswered_request request = {service, session_key(&client->session), 0, 0};
    assert_false(describe("service", &line));
    count(&request, 1);
    assert_true(describe("service", &line));
    assert_int_equal(line.n, 1);
    count(&request, 1);
    assert_true(describe("service", &line));
    assert_int_equal(line.n, 1);
    count(NULL, 0);
    assert_false(describe("service", &line));
}

static void who_has_gone_does_not_wait(void **state)
{
    (void)state;
    struct unanswered_line line;
    struct gateway_object *nameless = fake_object(owner, 4);
    const struct unanswered_request requests[] = {{service, session_key(&client->session), 0, 0},
                                                  {NULL, session_key(&owner->session), 0, 0},
                                                  {nameless, session_key(&owner->session), 0, 0}};
    fake_session_end(client, VIA_EXITED, NULL, 0);
    count(requests, 3);
    client = fake_session_create(&gateway);
    assert_false(describe("service", &line));
    assert_false(describe("other", &line));
    objects_unref(nameless);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, init, deinit)
    const struct CMUnitTest tests[] = {
        TEST(those_to_what_it_opened_are_the_services),
        TEST(the_oldest_is_known_by_the_order_of_calls),
        TEST(what_an_earlier_count_found_is_gone),
        TEST(who_has_gone_does_not_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
