/*
 * The core from another host: a service on the gateway's Unix socket, its client on a TLS
 * WebSocket, and what does not get that far.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/integration/core_world.h"
#include "tests/unit/third_party/issuer.h"

static char folder[64];
static char socket_path[96];
static char url[64];
static struct issued ca, other_ca, server, client, stranger;
static struct via_gateway *gateway;
static pthread_t thread;

static void *run_gateway(void *user)
{
    return via_gateway_run(gateway) == VIA_OK ? user : NULL;
}

static int start(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/viaduct-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(socket_path, sizeof socket_path, "%s/sock", folder);
    issuer_make(&ca, "ca", ISSUED_AS_CA, NULL);
    issuer_make(&other_ca, "other-ca", ISSUED_AS_CA, NULL);
    issuer_make(&server, "server", ISSUED_AS_PEER, &ca);
    issuer_make(&client, "client", ISSUED_AS_PEER, &ca);
    issuer_make(&stranger, "stranger", ISSUED_AS_PEER, &other_ca);
    static const char *const listen[] = {"localhost:0", NULL};
    const struct via_gateway_options options = {.size = sizeof options,
                                                .socket = socket_path,
                                                .listen = listen,
                                                .cert = server.cert_path,
                                                .key = server.key_path,
                                                .client_ca = ca.cert_path};
    char words[1024] = "";
    if (via_gateway_create(&options, words, sizeof words, &gateway) != VIA_OK)
        fail_msg("no gateway: %s", words);
    (void)snprintf(url, sizeof url, "wss://localhost:%u", via_gateway_port(gateway, 0));
    assert_int_equal(pthread_create(&thread, NULL, run_gateway, folder), 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    void *ended;
    char lock[112];
    via_gateway_stop(gateway);
    assert_int_equal(pthread_join(thread, &ended), 0);
    assert_ptr_equal(ended, folder);
    gateway = via_gateway_destroy(gateway);
    (void)snprintf(lock, sizeof lock, "%s.lock", socket_path);
    (void)unlink(lock);
    issuer_clean();
    return rmdir(folder);
}

static struct via_node *remote_node(const struct issued *trusted, const struct issued *own)
{
    struct via_node *node;
    const struct via_node_options options = {.size = sizeof options,
                                             .gateway = url,
                                             .ca = trusted->cert_path,
                                             .cert = own != NULL ? own->cert_path : NULL,
                                             .key = own != NULL ? own->key_path : NULL};
    assert_int_equal(via_node_create(&options, &node), VIA_OK);
    return node;
}

enum code { DOUBLE = 1, WHO, FD, BACK, NEVER };

static struct bell gone = BELL_INIT;
static enum via_cause gone_cause;

static void on_gone(void *user, enum via_cause cause)
{
    (void)user;
    gone_cause = cause;
    bell_ring(&gone);
}

static void check_caller(struct via_call *call)
{
    const struct via_caller *caller = via_call_caller(call);
    assert_true(caller->remote);
    assert_int_equal(caller->pid, -1);
    assert_int_equal(caller->uid, UINT32_MAX);
    assert_int_equal(caller->gid, UINT32_MAX);
    assert_true(caller->token == 0);
    assert_string_equal(caller->identity, "localhost");
    assert_int_equal(via_call_watch(call, on_gone, NULL), VIA_OK);
    world_answer(call, 1);
}

static uint32_t count_octets(int fd)
{
    char octets[16];
    uint32_t n = 0;
    ssize_t got;
    while ((got = read(fd, octets, sizeof octets)) > 0)
        n += (uint32_t)got;
    assert_int_equal(got, 0);
    (void)close(fd);
    return n;
}

static void handle(void *user, struct via_call *call)
{
    int fd = 0;
    struct via_proxy *back;
    (void)user;
    switch ((enum code)via_call_code(call)) {
    case DOUBLE:
        world_answer(call, 2 * world_value(via_call_request(call)));
        break;
    case WHO:
        check_caller(call);
        break;
    case FD:
        assert_int_equal(via_parcel_read_fd(via_call_request(call), &fd), VIA_OK);
        assert_true(fd >= 0);
        world_answer(call, count_octets(fd));
        break;
    case BACK:
        assert_int_equal(via_parcel_read_ref(via_call_request(call), &back), VIA_OK);
        assert_true(via_proxy_is_remote(back));
        world_answer(call, world_ask(back, DOUBLE, 21));
        via_proxy_unref(back);
        break;
    case NEVER:
        (void)via_call_keep(call);
        break;
    }
}

struct far {
    struct via_node *service, *node;
    struct via_stub *stub;
    struct via_proxy *proxy;
};

static void open_far(struct far *far, const char *name)
{
    far->service = world_node_at(socket_path, 0);
    far->stub = world_publish(far->service, name, handle, NULL);
    far->node = remote_node(&ca, &client);
    far->proxy = world_find(far->node, name);
}

static void close_far(struct far *far)
{
    via_proxy_unref(far->proxy);
    via_node_destroy(far->node);
    via_stub_unref(far->stub);
    via_node_destroy(far->service);
}

static void a_call_crosses_hosts(void **state)
{
    (void)state;
    struct far far;
    open_far(&far, "far");
    assert_true(via_proxy_is_remote(far.proxy));
    for (uint32_t i = 0; i < 200; i++)
        assert_int_equal(world_ask(far.proxy, DOUBLE, i), 2 * i);
    close_far(&far);
}

static void a_remote_caller_is_nobody_with_an_identity(void **state)
{
    (void)state;
    struct far far;
    open_far(&far, "who is far");
    assert_int_equal(world_ask(far.proxy, WHO, 0), 1);
    via_proxy_unref(far.proxy);
    far.proxy = NULL;
    via_node_destroy(far.node);
    far.node = NULL;
    assert_true(bell_wait(&gone, 1));
    assert_int_equal(gone_cause, VIA_EXITED);
    close_far(&far);
}

static void a_callback_crosses_back_to_the_waiting_thread(void **state)
{
    (void)state;
    struct far far;
    open_far(&far, "back");
    struct via_parcel *request, *reply;
    struct via_stub *own;
    const struct via_stub_ops ops = {.size = sizeof ops, .call = handle};
    assert_int_equal(via_stub_create(far.node, &ops, NULL, &own), VIA_OK);
    struct via_proxy *proxy = via_stub_proxy(own);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_ref(request, proxy), VIA_OK);
    assert_int_equal(via_proxy_call(far.proxy, BACK, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), 42);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    via_proxy_unref(proxy);
    via_stub_unref(own);
    close_far(&far);
}

static void a_descriptor_crosses_hosts(void **state)
{
    (void)state;
    struct far far;
    open_far(&far, "descriptor");
    struct via_parcel *request, *reply;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(via_parcel_create(&request), VIA_OK);
    assert_int_equal(via_parcel_write_fd(request, ends[0]), VIA_OK);
    assert_int_equal(write(ends[1], "of another host", 15), 15);
    (void)close(ends[1]);
    assert_int_equal(via_proxy_call(far.proxy, FD, request, 0, NULL, &reply), VIA_OK);
    assert_int_equal(world_value(reply), 15);
    via_parcel_unref(request);
    via_parcel_unref(reply);
    assert_int_equal(close(ends[0]), 0);
    close_far(&far);
}

static void a_service_may_be_far_itself(void **state)
{
    (void)state;
    struct via_node *service = remote_node(&ca, &client);
    struct via_node *node = world_node_at(socket_path, 0);
    struct via_stub *stub = world_publish(service, "far service", handle, NULL);
    struct via_proxy *proxy = world_find(node, "far service");
    assert_true(via_proxy_is_remote(proxy));
    assert_int_equal(world_ask(proxy, DOUBLE, 8), 16);
    via_proxy_unref(proxy);
    via_node_destroy(node);
    via_stub_unref(stub);
    via_node_destroy(service);
}

static void expect_refused(struct via_node *node, enum via_status status, const char *words)
{
    char fault[512];
    assert_int_equal(via_node_connect(node, 0), status);
    via_node_fault(node, fault, sizeof fault);
    if (strstr(fault, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", fault, words);
    assert_null(via_node_destroy(node));
}

static void who_cannot_be_trusted_is_refused_in_words(void **state)
{
    (void)state;
    expect_refused(remote_node(&other_ca, &client), VIA_BAD_CERTIFICATE, "VIADUCT_CA");
    expect_refused(remote_node(&ca, NULL), VIA_DENIED, "VIADUCT_CERT");
    expect_refused(remote_node(&ca, &stranger), VIA_BAD_CERTIFICATE, "VIADUCT_CERT");
    struct via_node *node;
    const struct via_node_options nobody = {
        .size = sizeof nobody, .gateway = "wss://localhost:1", .ca = ca.cert_path};
    assert_int_equal(via_node_create(&nobody, &node), VIA_OK);
    expect_refused(node, VIA_NOT_CONNECTED, "VIADUCT_GATEWAY");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_crosses_hosts),
        cmocka_unit_test(a_remote_caller_is_nobody_with_an_identity),
        cmocka_unit_test(a_callback_crosses_back_to_the_waiting_thread),
        cmocka_unit_test(a_descriptor_crosses_hosts),
        cmocka_unit_test(a_service_may_be_far_itself),
        cmocka_unit_test(who_cannot_be_trusted_is_refused_in_words),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
