/*
 * What clients that mean harm, or are clumsy, do to a gateway through frames that are well formed:
 * it goes on serving, and tells those who hold something what becomes of it. The clients are made
 * by hand, in one thread with the test.
 */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codecs/control.h"
#include "codecs/octets.h"
#include "tests/integration/gateway_thread.h"
#include "tests/integration/raw_client.h"

#define CHAIN 60000u /* objects, each kept by an event of the one before */

static struct gateway_thread gateway;
static char stubs[CHAIN + 2]; /* objects of the clients: their addresses are their names */

static int start(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, NULL);
    return 0;
}

static int start_small(void **state)
{
    (void)state;
    gateway_thread_start(&gateway, "\"limits\": {\"max_queue_size\": 65536}");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    gateway_thread_stop(&gateway);
    return 0;
}

/* The gateway still answers. */
static void assert_alive(void)
{
    struct raw_client *client = raw_client_open(gateway.socket);
    raw_record_free(raw_directory_wait(client, DIRECTORY_PING, NULL, NULL, 0));
    raw_client_close(client);
}

static uint32_t export_one(struct raw_client *client, void *object)
{
    struct our_handle handle;
    bool new;
    assert_int_equal(peer_export(client->peer, object, &handle, &new), VIA_OK);
    return handle.number;
}

/* An event of our own object @from that refers to our object @to. */
static void emit_ref(struct raw_client *client, uint32_t from, void *to)
{
    uint8_t refs[FRAME_REF_SIZE];
    frame_ref_put(refs, 0, &(struct frame_ref){.handle = export_one(client, to)});
    const struct frame event = {
        .object = from, .code = 1, .refs = refs, .n_refs = 1, .body = refs, .body_size = 4};
    assert_int_equal(peer_event(client->peer, &event, NULL), VIA_OK);
}

static uint32_t handle_of(struct raw_client *client, void *object)
{
    struct our_handle handle;
    assert_true(peer_is_exported(client->peer, object, &handle));
    return handle.number;
}

/* ---- */

/* The first one has a name; each of the others is kept by an event of the one before alone. */
static struct raw_client *open_chain(uint32_t n)
{
    struct raw_client *client = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(client, "core", "first", &stubs[0], 0, 0), VIA_OK);
    for (uint32_t i = 0; i < n; i++) {
        emit_ref(client, handle_of(client, &stubs[i]), &stubs[i + 1]);
        if (i % 1000 == 0)
            raw_client_flush(client);
    }
    raw_record_free(raw_directory_wait(client, DIRECTORY_PING, NULL, NULL, 0));
    return client;
}

static void a_long_chain_of_kept_events_is_let_go(void **state)
{
    (void)state;
    struct raw_client *client = open_chain(CHAIN);
    peer_death(client->peer, &stubs[0], VIA_WITHDRAWN);
    raw_client_flush(client);
    for (uint32_t i = 0; i < CHAIN; i++)
        raw_record_free(raw_client_wait(client, RAW_UNEXPORTED));
    raw_client_close(client);
    assert_alive();
}

/* Subscribes @client to @target, with our object @sink. Returns the subscription's number. */
static uint32_t subscribe_to(struct raw_client *client, struct frame_ref target, void *sink)
{
    struct frame_ref refs[2] = {target, {.handle = export_one(client, sink)}};
    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    raw_put_slot(request, &refs[0]);
    raw_put_slot(request, &refs[1]);
    assert_int_equal(via_parcel_write_u8(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    assert_int_equal(via_parcel_write_u64(request, 0), VIA_OK);
    struct raw_record *reply = raw_directory_wait(client, DIRECTORY_SUBSCRIBE, request, refs, 2);
    assert_int_equal(reply->frame.code, VIA_OK);
    uint32_t id = octets_get_u32(reply->frame.body);
    raw_record_free(reply);
    via_parcel_unref(request);
    return id;
}

static uint32_t subscribe(struct raw_client *client, uint32_t handle, void *sink)
{
    return subscribe_to(client, (struct frame_ref){.handle = handle, .flags = FRAME_REF_YOURS},
                        sink);
}

static uint32_t subscribe_to_own(struct raw_client *client, void *target, void *sink)
{
    return subscribe_to(client, (struct frame_ref){.handle = export_one(client, target)}, sink);
}

/* The first one's death ends the others, while their session still counts who has died. */
static void who_goes_leaves_no_chain_behind(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {1, 2, 100, CHAIN};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        raw_client_kill(open_chain(lengths[i]));
        assert_alive();
        raw_client_close(open_chain(lengths[i]));
        assert_alive();
    }
}

/* Nobody but its subscription holds what it is for. */
static void who_goes_leaves_no_subscription_to_itself_behind(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(client, "core", "first", &stubs[0], 0, 0), VIA_OK);
    for (unsigned i = 0; i < 8; i++)
        (void)subscribe_to_own(client, &stubs[1 + i], &stubs[i]);
    raw_client_kill(client);
    assert_alive();
}

static void who_unsubscribes_while_behind_is_told_of_the_death(void **state)
{
    (void)state;
    struct raw_client *service = raw_client_open(gateway.socket);
    struct raw_client *client = raw_client_open(gateway.socket);
    uint32_t handle;
    assert_int_equal(raw_publish(service, "core", "service", &stubs[0], 0, 0), VIA_OK);
    assert_int_equal(raw_find(client, "core", "service", &handle), VIA_OK);
    uint32_t subscription = subscribe(client, handle, &stubs[1]);

    static uint8_t body[32768];
    const struct frame event = {
        .object = handle_of(service, &stubs[0]), .code = 1, .body = body, .body_size = sizeof body};
    for (unsigned i = 0; i < 64; i++) { /* far more than a socket and a queue take */
        assert_int_equal(peer_event(service->peer, &event, NULL), VIA_OK);
        raw_client_flush(service);
    }
    peer_death(service->peer, &stubs[0], VIA_WITHDRAWN);
    raw_record_free(raw_directory_wait(service, DIRECTORY_PING, NULL, NULL, 0));

    struct via_parcel *request;
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_u32(request, subscription), VIA_OK);
    (void)raw_directory(client, DIRECTORY_UNSUBSCRIBE, request, FRAME_NO_DEADLINE, NULL, 0);
    via_parcel_unref(request);
    raw_record_free(raw_directory_wait(service, DIRECTORY_PING, NULL, NULL, 0));
    struct raw_record *death = raw_client_wait(client, RAW_DEATH);
    assert_int_equal(death->handle, handle);
    assert_int_equal(death->cause, VIA_WITHDRAWN);
    raw_record_free(death);
    assert_null(raw_client_look(client, RAW_DEATH));
    raw_client_close(client);
    raw_client_close(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_chain_of_kept_events_is_let_go, start, stop),
        cmocka_unit_test_setup_teardown(who_goes_leaves_no_chain_behind, start, stop),
        cmocka_unit_test_setup_teardown(who_goes_leaves_no_subscription_to_itself_behind, start,
                                        stop),
        cmocka_unit_test_setup_teardown(who_unsubscribes_while_behind_is_told_of_the_death,
                                        start_small, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
