/*
 * Drivers of files, as a program of that system that has no word of messages: one that reads, one
 * that opens and closes. What an open() takes is counted where the library sends: the linker puts
 * the counting functions in the place of its own (--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <viaduct/status.h>

#include "tests/bench/driver.h"
#include "tests/bench/phoenix_files.h"
#include "tests/bench/roles.h"

#define PIECE 65536u

static unsigned char octets[PIECE];

/* ---- counting ---- */

struct via_node;
struct via_proxy;
struct via_parcel;
struct target;

static atomic_uint n_questions, n_messages;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's own names */
enum via_status __real_pending_call(struct via_node *node, struct via_proxy *proxy,
                                    const struct target *target, struct via_parcel *request,
                                    int32_t *resultp, struct via_parcel **replyp);
enum via_status __wrap_pending_call(struct via_node *node, struct via_proxy *proxy,
                                    const struct target *target, struct via_parcel *request,
                                    int32_t *resultp, struct via_parcel **replyp);
int __real_msgSend(uint32_t port, msg_t *m);
int __wrap_msgSend(uint32_t port, msg_t *m);

/* Calls of other objects are none of the gateway's. */
enum via_status __wrap_pending_call(struct via_node *node, struct via_proxy *proxy,
                                    const struct target *target, struct via_parcel *request,
                                    int32_t *resultp, struct via_parcel **replyp)
{
    if (proxy == NULL)
        (void)atomic_fetch_add(&n_questions, 1);
    return __real_pending_call(node, proxy, target, request, resultp, replyp);
}

int __wrap_msgSend(uint32_t port, msg_t *m)
{
    (void)atomic_fetch_add(&n_messages, 1);
    return __real_msgSend(port, m);
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static unsigned ask_server(void)
{
    static oid_t root;
    msg_t msg = {.type = PHOENIX_FILES_COUNT};
    if (root.port == 0 && lookup("/", NULL, &root) != 0)
        return 0;
    return msgSend(root.port, &msg) == 0 ? (unsigned)msg.o.err : 0;
}

static unsigned count_of(enum phoenix_files_figure figure)
{
    switch (figure) {
    case PHOENIX_FILES_QUESTIONS:
        return atomic_load(&n_questions);
    case PHOENIX_FILES_MESSAGES:
        return atomic_load(&n_messages);
    default:
        return ask_server();
    }
}

/* ---- opening ---- */

static int open_one(enum phoenix_files_figure figure, uint64_t *ns)
{
    uint64_t before = figure == PHOENIX_FILES_TIME ? figures_now_ns() : count_of(figure);
    int fd = open(PHOENIX_FILES_PATH, O_RDONLY);
    if (figure == PHOENIX_FILES_TIME)
        *ns = figures_now_ns() - before;
    else
        *ns = (count_of(figure) - before) * 1000;
    return fd < 0 || close(fd) != 0;
}

static int run_opens(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    int failed = 0;
    (void)ask_server(); /* what is asked once has been */
    for (unsigned i = 0; i < order->n && !failed; i++)
        failed = open_one((enum phoenix_files_figure)order->size, &ns[i]);
    return failed;
}

/* ---- reading ---- */

/* Reads in one call after the other, from the beginning. */
static int run_reads(void *user, const struct order *order, uint64_t *ns)
{
    (void)user;
    int fd = open(PHOENIX_FILES_PATH, O_RDONLY);
    int failed = fd < 0 || order->size > sizeof octets;
    for (unsigned i = 0; i < order->n && !failed; i++) {
        uint64_t start = figures_now_ns();
        failed = read(fd, octets, order->size) != (ssize_t)order->size;
        ns[i] = figures_now_ns() - start;
    }
    return (fd >= 0 && close(fd) != 0) || failed;
}

/* ---- the file ---- */

static int write_all(void)
{
    int fd = open(PHOENIX_FILES_PATH, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0)
        return 1;
    int failed = 0;
    memset(octets, 0xa5, sizeof octets); /* zeros at the end would not be sent */
    for (size_t n = 0; n < PHOENIX_FILES_SIZE && !failed; n += PIECE)
        failed = write(fd, octets, PIECE) != (ssize_t)PIECE;
    return close(fd) != 0 || failed;
}

static int make_file(void)
{
    struct stat status;
    if (stat(PHOENIX_FILES_PATH, &status) == 0 && status.st_size == (off_t)PHOENIX_FILES_SIZE)
        return 0;
    return (mkdir(PHOENIX_FILES_DIR, 0755) != 0 && errno != EEXIST) || write_all() != 0;
}

static int serve(driver_run_fn run)
{
    if (make_file() == 0)
        return driver_serve(run, NULL);
    perror("bench: " PHOENIX_FILES_PATH);
    return 1;
}

int role_phoenix_open(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return serve(run_opens);
}

int role_phoenix_read(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return serve(run_reads);
}
