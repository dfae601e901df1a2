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
    gateway_thread_start(&gateway, "{\"limits\": {\"max_queue_size\": 65536}}");
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

static void a_long_chain_of_kept_events_is_let_go(void **state)
{
    (void)state;
    struct raw_client *client = raw_client_open(gateway.socket);
    assert_int_equal(raw_publish(client, "core", "first", &stubs[0], 0, 0), VIA_OK);
    for (uint32_t i = 0; i < CHAIN; i++) {
        emit_ref(client, handle_of(client, &stubs[i]), &stubs[i + 1]);
        if (i % 1000 == 0)
            raw_client_flush(client);
    }
    raw_record_free(raw_directory_wait(client, DIRECTORY_PING, NULL, NULL, 0));
    peer_death(client->peer, &stubs[0], VIA_WITHDRAWN);
    raw_client_flush(client);
    for (uint32_t i = 0; i < CHAIN; i++)
        raw_record_free(raw_client_wait(client, RAW_UNEXPORTED));
    raw_client_close(client);
    assert_alive();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_chain_of_kept_events_is_let_go, start, stop),
    };
    (void)start_small;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
