/*
 * Legato's roles: a service that answers with what it was asked, or with how much it read from a
 * descriptor; and a driver with one session to it. The driver's session is of a thread that runs
 * its event loop, as a program's would be; orders are queued to that.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "include/legato/legato.h"
#include "tests/bench/driver.h"
#include "tests/bench/roles.h"

#define INTERFACE "bench.echo"
#define PROTOCOL "bench"
#define PAYLOAD_SIZE 64u
#define PIECE 65536u

static le_msg_ProtocolRef_t protocol(void)
{
    return le_msg_GetProtocolRef(PROTOCOL, PAYLOAD_SIZE);
}

/* ---- the service ---- */

static uint64_t count_octets(int fd)
{
    static uint8_t octets[PIECE];
    uint64_t sum = 0;
    ssize_t n;
    while ((n = read(fd, octets, sizeof octets)) > 0)
        sum += (uint64_t)n;
    (void)close(fd);
    return sum;
}

static void serve(le_msg_MessageRef_t message, void *context)
{
    (void)context;
    int fd = le_msg_GetFd(message);
    if (fd >= 0) {
        uint64_t sum = count_octets(fd);
        memcpy(le_msg_GetPayloadPtr(message), &sum, sizeof sum);
    }
    le_msg_Respond(message);
}

static void on_input(int fd, short events)
{
    char octets[16];
    (void)events;
    if (read(fd, octets, sizeof octets) <= 0)
        exit(0);
}

int role_legato_service(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    le_msg_ServiceRef_t service = le_msg_CreateService(protocol(), INTERFACE);
    le_msg_SetServiceRecvHandler(service, serve, NULL);
    le_msg_AdvertiseService(service);
    (void)le_fdMonitor_Create("input", STDIN_FILENO, on_input, POLLIN);
    puts("ready");
    fflush(stdout);
    le_event_RunLoop();
}

/* ---- the driver ---- */

static struct client {
    le_thread_Ref_t thread;
    le_msg_SessionRef_t session; /* the thread's */
    const struct order *order;   /* borrowed, as the next */
    uint64_t *ns;
    unsigned started, ended;
    int file; /* owned; -1: requests carry none */
    pthread_mutex_t lock;
    pthread_cond_t done;
    int outcome; /* of the order; -1: not yet */
} client = {.file = -1, .lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};

static void finish(int outcome)
{
    pthread_mutex_lock(&client.lock);
    client.outcome = outcome;
    pthread_cond_signal(&client.done);
    pthread_mutex_unlock(&client.lock);
}

static le_msg_MessageRef_t make_request(void)
{
    le_msg_MessageRef_t request = le_msg_CreateMsg(client.session);
    memset(le_msg_GetPayloadPtr(request), 0xa5, PAYLOAD_SIZE); /* zeros would not be sent */
    return request;
}

/* ---- one request after the other ---- */

/* The file, from its beginning. */
static int add_file(le_msg_MessageRef_t request)
{
    int fd = dup(client.file);
    if (fd < 0 || lseek(fd, 0, SEEK_SET) != 0)
        return 1;
    le_msg_SetFd(request, fd);
    return 0;
}

static int is_wrong(le_msg_MessageRef_t response)
{
    uint64_t sum;
    if (client.file < 0)
        return 0;
    memcpy(&sum, le_msg_GetPayloadPtr(response), sizeof sum);
    if (sum != client.order->size)
        fprintf(stderr, "bench: %llu of %zu octets came\n", (unsigned long long)sum,
                client.order->size);
    return sum != client.order->size;
}

static int ask_once(void)
{
    le_msg_MessageRef_t request = make_request();
    if (client.file >= 0 && add_file(request) != 0)
        return 1;
    le_msg_MessageRef_t response = le_msg_RequestSyncResponse(request);
    if (response == NULL)
        return 1;
    int failed = is_wrong(response);
    le_msg_ReleaseMsg(response);
    return failed;
}

static int ask_in_turn(void)
{
    for (unsigned i = 0; i < client.order->n; i++) {
        uint64_t start = figures_now_ns();
        if (ask_once() != 0)
            return 1;
        client.ns[i] = figures_now_ns() - start;
    }
    return 0;
}

/* ---- many at once ---- */

static void on_response(le_msg_MessageRef_t response, void *index);

static void start_next(void)
{
    if (client.started == client.order->n)
        return;
    uintptr_t index = client.started++;
    client.ns[index] = figures_now_ns();
    le_msg_RequestResponse(make_request(), on_response, (void *)index);
}

static void on_response(le_msg_MessageRef_t response, void *index)
{
    if (response == NULL) {
        finish(1);
        return;
    }
    uint64_t *ns = &client.ns[(uintptr_t)index];
    *ns = figures_now_ns() - *ns;
    le_msg_ReleaseMsg(response);
    start_next();
    if (++client.ended == client.order->n)
        finish(0);
}

static void carry_out(void *param1, void *param2)
{
    (void)param1;
    (void)param2;
    if (client.order->outstanding == 1) {
        finish(ask_in_turn());
        return;
    }
    client.started = 0;
    client.ended = 0;
    for (unsigned i = 0; i < client.order->outstanding; i++)
        start_next();
}

static void *be_client(void *context)
{
    (void)context;
    client.session = le_msg_CreateSession(protocol(), INTERFACE);
    le_msg_OpenSessionSync(client.session);
    finish(0);
    le_event_RunLoop();
}

/* What the thread came to. */
static int await(void)
{
    pthread_mutex_lock(&client.lock);
    while (client.outcome < 0)
        pthread_cond_wait(&client.done, &client.lock);
    int outcome = client.outcome;
    client.outcome = -1;
    pthread_mutex_unlock(&client.lock);
    return outcome;
}

static int run(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    client.order = order;
    client.ns = ns;
    le_event_QueueFunctionToThread(client.thread, carry_out, NULL, NULL);
    return await();
}

static int drive(void)
{
    client.outcome = -1;
    client.thread = le_thread_Create("client", be_client, NULL);
    le_thread_Start(client.thread);
    return await() != 0 || driver_serve(run, NULL) != 0;
}

int role_legato_client(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return drive();
}

/* A file that is gone with the process. -1: there is none. */
static int make_file(size_t size)
{
    static uint8_t octets[PIECE];
    char path[] = "/tmp/viaduct-bench-file-XXXXXX";
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return -1;
    (void)unlink(path);
    memset(octets, 0x5a, sizeof octets);
    for (size_t done = 0; done < size; done += sizeof octets)
        if (write(fd, octets, sizeof octets) != (ssize_t)sizeof octets) {
            (void)close(fd);
            return -1;
        }
    return fd;
}

int role_legato_file(int argc, char **argv)
{
    if (argc < 1)
        return 2;
    client.file = make_file(strtoul(argv[0], NULL, 10));
    return client.file < 0 ? 1 : drive();
}
