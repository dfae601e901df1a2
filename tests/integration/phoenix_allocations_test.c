/*
 * What a steady message takes at both ends, counted where the programs are: allocations, and copies
 * of large data. The server is in a process of its own, which counts for itself.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/integration/counted_memory.h"

#define NAME "/dev/frugal"
#define MESSAGES 1000u
#define LARGE 65536u
#define LARGE_MESSAGES 20u
#define SMALL 64u

enum { ECHO = 0x6001, TAKE /* and answer with nothing */, GIVE /* LARGE */, COUNTS };

static struct gateway_thread gateway;

/* ---- the server ---- */

static int serve(void)
{
    uint32_t port;
    msg_t msg;
    msg_rid_t rid;
    char octet = 0;
    if (portCreate(&port) != 0 || portRegister(port, NAME, NULL) != 0 ||
        write(STDOUT_FILENO, &octet, sizeof octet) != sizeof octet)
        return 1;
    while (msgRecv(port, &msg, &rid) == 0) {
        const struct counted_memory counts = counted_memory_now();
        if (msg.type == ECHO)
            memcpy(msg.o.data, msg.i.data, SMALL);
        else if (msg.type == GIVE)
            memset(msg.o.data, 1, LARGE); /* a server that makes its data */
        else if (msg.type == COUNTS)
            memcpy(msg.o.raw, &counts, sizeof counts);
        msg.o.err = (int)msg.i.size;
        (void)msgRespond(port, &msg, rid);
    }
    return 0;
}

/* ---- the test ---- */

static pid_t server;
static oid_t device;

static void start_server(void)
{
    int out[2];
    char octet;
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        (void)dup2(out[1], STDOUT_FILENO);
        (void)execl("/proc/self/exe", "phoenix_allocations_test", "server", (char *)NULL);
        _exit(127);
    }
    (void)close(out[1]);
    assert_int_equal(read(out[0], &octet, sizeof octet), sizeof octet); /* it is there */
    (void)close(out[0]);
}

static int start(void **state)
{
    static char address[128];
    (void)state;
    gateway_thread_start(&gateway, NULL);
    counted_memory_tell_apart(&gateway);
    (void)snprintf(address, sizeof address, "VIADUCT_GATEWAY=unix:%s", gateway.socket);
    assert_int_equal(putenv(address), 0);
    start_server();
    assert_int_equal(lookup(NAME, NULL, &device), 0);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    assert_int_equal(kill(server, SIGKILL), 0);
    assert_int_equal(waitpid(server, NULL, 0), server);
    gateway_thread_stop(&gateway);
    return 0;
}

static void ask(int type, size_t in_size, size_t out_size, struct counted_memory *countsp)
{
    static unsigned char in[LARGE], out[LARGE];
    msg_t msg = {.type = type, .oid = device};
    msg.i.data = in_size > 0 ? in : NULL;
    msg.i.size = in_size;
    msg.o.data = out_size > 0 ? out : NULL;
    msg.o.size = out_size;
    assert_int_equal(msgSend(device.port, &msg), 0);
    assert_int_equal(msg.o.err, in_size);
    if (countsp != NULL)
        memcpy(countsp, msg.o.raw, sizeof *countsp);
}

struct both {
    struct counted_memory client, server;
};

/* What @n of them take at both ends. */
static struct both measure(int type, unsigned int n, size_t in_size, size_t out_size)
{
    struct counted_memory server_before, server_after;
    ask(COUNTS, 0, 0, &server_before);
    struct counted_memory before = counted_memory_now();
    for (unsigned int i = 0; i < n; i++)
        ask(type, in_size, out_size, NULL);
    struct counted_memory after = counted_memory_now();
    ask(COUNTS, 0, 0, &server_after);
    struct both took = {counted_memory_between(&before, &after),
                        counted_memory_between(&server_before, &server_after)};
    print_message("%u messages: %u allocations and %u large copies in the client, %u and %u in the "
                  "server's process\n",
                  n, took.client.allocations, took.client.copies, took.server.allocations,
                  took.server.copies);
    return took;
}

/* A few are for a thread that is started meanwhile. */
static void a_steady_message_allocates_nothing(void **state)
{
    (void)state;
    (void)measure(ECHO, MESSAGES, SMALL, SMALL); /* what grows once has grown */
    struct both took = measure(ECHO, MESSAGES, SMALL, SMALL);
    assert_true(took.client.allocations <= 10);
    assert_true(took.server.allocations <= 10);
    (void)measure(GIVE, 2, 0, LARGE);
    took = measure(ECHO, MESSAGES, SMALL, 4096);
    assert_true(took.server.allocations <= 10);
}

/* ---- copies; a sanitizer has the compiler put its own function in memcpy's place ---- */

#ifdef COPIES_ARE_COUNTED

/* The link's blocks, which it keeps until they are acknowledged, take the one copy that there is.
 */
static void data_go_to_the_link_from_where_the_program_has_them(void **state)
{
    (void)state;
    struct both took = measure(TAKE, LARGE_MESSAGES, LARGE, 0);
    assert_int_equal(took.client.copies, LARGE_MESSAGES);
    took = measure(GIVE, LARGE_MESSAGES, 0, LARGE);
    assert_int_equal(took.server.copies, LARGE_MESSAGES);
}

#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_message_allocates_nothing),
#ifdef COPIES_ARE_COUNTED
        cmocka_unit_test(data_go_to_the_link_from_where_the_program_has_them),
#endif
    };
    if (argc == 2 && strcmp(argv[1], "server") == 0)
        return serve();
    return cmocka_run_group_tests(tests, start, stop);
}
