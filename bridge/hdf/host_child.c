/*
 * The main thread listens to the supervisor and to signals alone, so that a driver that never
 * returns from its Init holds up nobody but itself. Drivers are launched by a thread, one after the
 * other; each request to load or unload one has its own, since what it runs may ask for another.
 */
#include "bridge/hdf/host_child.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "bridge/hdf/handle.h"
#include "bridge/hdf/host_config.h"
#include "bridge/hdf/host_gateway.h"
#include "bridge/hdf/host_message.h"
#include "bridge/log.h"

#define FLUSH_MS 1000u /* for the last words to the gateway */

struct child {
    struct host_config config;
    const struct device_info_host *host;
    struct device_node **nodes; /* owned, a count of each, as its drivers' are: to the end */
    pthread_t launcher;
};

static void copy(char text[HOST_TEXT_SIZE], const char *from)
{
    (void)snprintf(text, HOST_TEXT_SIZE, "%s", from);
}

/* ---- what the supervisor is told ---- */

static void tell(enum device_change what, const struct device_node *node)
{
    struct host_message message = {.kind = HOST_DEVICE,
                                   .change = what,
                                   .id = node->id,
                                   .device_class = (uint16_t)node->object.deviceClass,
                                   .policy = node->policy};
    if (node->id == 0)
        return; /* a name that a driver published, and no device */
    copy(message.name, node->name);
    copy(message.service, node->service_name);
    copy(message.info, node->info);
    (void)host_message_send(HOST_CHILD_FD, &message, true); /* it has gone: so shall we */
}

/* ---- launching ---- */

static struct device_node *make(const struct child *child, const struct device_info_node *from)
{
    const struct device_spec spec = {
        .name = from->name,
        .service_name = from->service,
        .module = from->module,
        .id = from->id,
        .policy = from->policy,
        .mode = from->permission,
        .is_on_demand = from->preload == DEVICE_PRELOAD_DISABLE,
        .property = from->match_attr != NULL
                        ? device_resource_match(child->config.resource, from->match_attr)
                        : NULL};
    return device_create(&spec, NULL);
}

/* All of them: whatever is asked for finds its device. */
static bool make_all(struct child *child)
{
    size_t n = child->host->n_nodes;
    child->nodes = calloc(n + 1, sizeof *child->nodes);
    for (size_t i = 0; child->nodes != NULL && i < n; i++) {
        child->nodes[i] = make(child, &child->host->nodes[i]);
        if (child->nodes[i] == NULL)
            return false;
    }
    return child->nodes != NULL;
}

/* Once there has been a gateway, names wait by themselves for the next one. */
static void *launch_all(void *user)
{
    const struct child *child = user;
    bool goes_on = host_gateway_wait();
    for (size_t i = 0; i < child->host->n_nodes && goes_on; i++) {
        if (child->nodes[i]->is_on_demand)
            (void)device_offer(child->nodes[i]); /* if not, dev_mgr may still load it */
        else
            (void)device_launch(child->nodes[i]); /* it has been told; the others go on */
        goes_on = !host_gateway_is_over();
    }
    (void)host_message_send(HOST_CHILD_FD, &(struct host_message){.kind = HOST_READY}, true);
    return NULL;
}

/* ---- requests ---- */

static int32_t answer(const struct host_message *request)
{
    struct device_node *node = device_list_hold_id(request->id);
    if (node == NULL)
        return HDF_DEV_ERR_NO_DEVICE;
    int32_t status = HDF_SUCCESS;
    if (request->kind == HOST_LOAD)
        status = device_wake(node);
    else
        device_sleep(node);
    device_unref(node);
    return status;
}

static void *serve(void *user)
{
    struct host_message *request = user;
    const struct host_message reply = {
        .kind = HOST_ANSWER, .serial = request->serial, .status = answer(request)};
    (void)host_message_send(HOST_CHILD_FD, &reply, true);
    free(request);
    return NULL;
}

static void begin_request(const struct host_message *message)
{
    pthread_t thread;
    struct host_message *request = malloc(sizeof *request);
    if (request != NULL) {
        *request = *message;
        if (pthread_create(&thread, NULL, serve, request) == 0) {
            (void)pthread_detach(thread);
            return;
        }
        free(request);
    }
    const struct host_message reply = {
        .kind = HOST_ANSWER, .serial = message->serial, .status = HDF_ERR_THREAD_CREATE_FAIL};
    (void)host_message_send(HOST_CHILD_FD, &reply, true);
}

/* False: the supervisor has gone. */
static bool read_requests(void)
{
    struct host_message message;
    for (;;) {
        switch (host_message_receive(HOST_CHILD_FD, &message)) {
        case HOST_RECEIVED:
            if (message.kind == HOST_LOAD || message.kind == HOST_UNLOAD)
                begin_request(&message);
            break;
        case HOST_NOTHING:
            return true;
        case HOST_ENDED:
            return false;
        }
    }
}

/* ---- its life ---- */

/* A terminal's SIGINT is for the supervisor. -1: no memory. */
static int take_signals(void)
{
    sigset_t signals;
    (void)signal(SIGINT, SIG_IGN);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run_until_told(int signals)
{
    struct pollfd ends[] = {{.fd = signals, .events = POLLIN},
                            {.fd = HOST_CHILD_FD, .events = POLLIN}};
    do
        while (poll(ends, 2, -1) < 0)
            continue;
    while (ends[0].revents == 0 && read_requests());
}

/* A driver that never returns keeps nobody's process: the supervisor kills it, or where that has
 * gone too, the kernel a little later. */
static void limit_end(void)
{
    sigset_t signals;
    (void)signal(SIGALRM, SIG_DFL);
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGALRM);
    (void)pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    (void)alarm(HOST_CHILD_END_S);
}

static int end(struct child *child)
{
    limit_end();
    host_gateway_stop_waiting();
    device_list_end();
    (void)pthread_join(child->launcher, NULL);
    device_list_end(); /* what it was at meanwhile */
    struct via_node *node = hdf_node();
    if (node != NULL) {
        (void)via_node_flush(node, FLUSH_MS);
        via_node_close(node);
    }
    return EXIT_SUCCESS;
}

int host_child_run(const struct host_options *options)
{
    static struct child child; /* its configuration is the drivers' as long as they run */
    int signals = take_signals();
    (void)close_range(HOST_CHILD_FD + 1, signals > HOST_CHILD_FD ? (unsigned)signals - 1 : ~0U,
                      CLOSE_RANGE_CLOEXEC);
    if (signals < 0 || !host_config_load(&child.config, options->config, false))
        return EXIT_FAILURE;
    child.host = host_config_host(&child.config, options->host);
    if (child.host == NULL || strcmp(child.host->name, options->name) != 0) {
        log_error("hdf.host.gone",
                  "host=%s why=\"the configuration has changed: start " HOST_PROGRAM " again\"",
                  options->name);
        return EXIT_FAILURE;
    }
    (void)prctl(PR_SET_NAME, options->name);
    device_resource_install(child.config.resource);
    device_list_set_folder(options->modules);
    device_list_set_watcher(tell);
    if (!make_all(&child) || pthread_create(&child.launcher, NULL, launch_all, &child) != 0)
        return EXIT_FAILURE;
    run_until_told(signals);
    return end(&child);
}
